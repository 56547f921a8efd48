#include "items/glob_pattern.hpp"

#include <algorithm>
#include <cstdint>

namespace ropewalk::detail {
namespace {

constexpr std::size_t kMaxPatterns = 1000;
constexpr std::size_t kMaxBraces = 100;

/// The character at `at`, and its length. A byte that is not UTF-8 is a character of its own, distinct from all others.
std::uint32_t character(std::string_view text, std::size_t at, std::size_t& length) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[at + i]); };
  const std::size_t want = byte(0) >= 0xF0 ? 4 : byte(0) >= 0xE0 ? 3 : byte(0) >= 0xC2 ? 2 : 1;
  std::uint32_t code = want == 1 ? byte(0) : byte(0) & (0xFFu >> (want + 1));
  for (std::size_t i = 1; i < want; ++i) {
    if (at + i >= text.size() || (byte(i) & 0xC0) != 0x80) return length = 1, byte(0) + 0x110000u;
    code = code << 6 | (byte(i) & 0x3F);
  }
  length = want;
  return want == 1 && code >= 0x80 ? code + 0x110000u : code;
}

/// Whether the set that opens at `at` contains the character. Moves `at` after its ']'.
bool in_set(std::string_view pattern, std::size_t& at, std::uint32_t wanted) {
  ++at;
  const bool negated = at < pattern.size() && (pattern[at] == '!' || pattern[at] == '^');
  if (negated) ++at;
  bool found = false;
  for (bool first = true; at < pattern.size() && (first || pattern[at] != ']'); first = false) {
    std::size_t length = 0;
    if (pattern[at] == '\\' && at + 1 < pattern.size()) ++at;
    const std::uint32_t low = character(pattern, at, length);
    at += length;
    std::uint32_t high = low;
    if (at + 1 < pattern.size() && pattern[at] == '-' && pattern[at + 1] != ']') {
      ++at;
      if (pattern[at] == '\\' && at + 1 < pattern.size()) ++at;
      high = character(pattern, at, length);
      at += length;
    }
    found = found || (low <= wanted && wanted <= high);
  }
  ++at;
  return found != negated;
}

/// Where the set that opens at `at` ends: the index of its ']', or npos.
std::size_t set_end(std::string_view pattern, std::size_t at) {
  ++at;
  if (at < pattern.size() && (pattern[at] == '!' || pattern[at] == '^')) ++at;
  for (bool first = true; at < pattern.size(); ++at, first = false) {
    if (pattern[at] == '\\')
      ++at;
    else if (pattern[at] == ']' && !first)
      return at;
    else if (pattern[at] == '/')
      return std::string_view::npos;
  }
  return std::string_view::npos;
}

/// Counts the patterns before any is expanded.
std::size_t count_braces(std::string_view pattern) {
  std::size_t count = 0;
  for (std::size_t at = 0; at < pattern.size(); ++at) {
    if (pattern[at] == '\\')
      ++at;
    else if (pattern[at] == '[')
      at = std::min(set_end(pattern, at), pattern.size());
    else
      count += pattern[at] == '{';
  }
  return count;
}

void expand(std::string_view pattern, std::vector<std::string>& out, Budget& budget, std::string& problem) {
  if (!budget.make(pattern.size(), problem)) return;
  std::size_t open = std::string_view::npos, depth = 0;
  std::vector<std::size_t> cuts;  // of the first outermost { , ... }
  for (std::size_t at = 0; at < pattern.size(); ++at) {
    const char c = pattern[at];
    if (c == '\\') {
      if (++at >= pattern.size()) return void(problem = "it ends in a single '\\'");
    } else if (c == '[') {
      const std::size_t end = set_end(pattern, at);
      if (end == std::string_view::npos) return void(problem = "a '[' is not closed; write \\[ for itself");
      at = end;
    } else if (c == '{') {
      if (depth++ == 0) open = at, cuts = {at};
    } else if (c == ',' && depth == 1) {
      cuts.push_back(at);
    } else if (c == '}' && depth == 0) {
      return void(problem = "a '}' closes nothing; write \\} for itself");
    } else if (c == '}' && --depth == 0) {
      cuts.push_back(at);
      for (std::size_t i = 0; i + 1 < cuts.size() && problem.empty(); ++i) {
        std::string one(pattern.substr(0, open));
        one += pattern.substr(cuts[i] + 1, cuts[i + 1] - cuts[i] - 1);
        one += pattern.substr(at + 1);
        expand(one, out, budget, problem);
      }
      return;
    }
  }
  if (depth > 0) return void(problem = "a '{' is not closed; write \\{ for itself");
  if (out.size() >= kMaxPatterns) return void(problem = "its { } stand for more than 1,000 patterns");
  out.emplace_back(pattern);
}

bool has_wildcard(std::string_view part) {
  for (std::size_t at = 0; at < part.size(); ++at) {
    if (part[at] == '\\')
      ++at;
    else if (part[at] == '*' || part[at] == '?' || part[at] == '[')
      return true;
  }
  return false;
}

std::string unescape(std::string_view part) {
  std::string out;
  for (std::size_t at = 0; at < part.size(); ++at) {
    if (part[at] == '\\' && at + 1 < part.size()) ++at;
    out += part[at];
  }
  return out;
}

}  // namespace

std::vector<std::string> expand_braces(std::string_view pattern, Budget& budget, std::string& problem) {
  std::vector<std::string> out;
  if (count_braces(pattern) > kMaxBraces)
    problem = "it has more than 100 { }";
  else
    expand(pattern, out, budget, problem);
  return out;
}

GlobPattern split_pattern(std::string_view pattern) {
  GlobPattern out;
  if (pattern.starts_with('/')) out.base = "/";
  out.folders = pattern.size() > 1 && pattern.ends_with('/');
  for (std::size_t at = 0; at <= pattern.size();) {
    const std::size_t end = std::min(pattern.find('/', at), pattern.size());
    const std::string_view part = pattern.substr(at, end - at);
    at = end + 1;
    if (part.empty()) continue;
    GlobPart one;
    if (part == "**")
      one.kind = GlobPart::Kind::any_depth;
    else if (has_wildcard(part))
      one = {GlobPart::Kind::wildcard, std::string(part)};
    else
      one = {GlobPart::Kind::literal, unescape(part)};
    const bool last = pattern.find_first_not_of('/', end) == std::string_view::npos;
    if (out.parts.empty() && one.kind == GlobPart::Kind::literal && !last)
      out.base += one.text + "/";
    else if (one.kind != GlobPart::Kind::any_depth || out.parts.empty() ||
             out.parts.back().kind != GlobPart::Kind::any_depth)
      out.parts.push_back(std::move(one));
  }
  return out;
}

bool matches_part(const GlobPart& part, std::string_view name) {
  if (part.kind == GlobPart::Kind::any_depth) return true;
  if (part.kind == GlobPart::Kind::literal) return part.text == name;
  const std::string_view pattern = part.text;
  std::size_t p = 0, n = 0, star = std::string_view::npos, star_n = 0;
  for (;;) {
    bool stuck = false;
    std::size_t length = 1;
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      star_n = n;
      continue;
    }
    if (n == name.size()) {
      if (p == pattern.size()) return true;
      return false;  // only stars could match nothing, and they have been consumed
    }
    if (p == pattern.size())
      stuck = true;
    else if (pattern[p] == '?')
      character(name, n, length), ++p, n += length;
    else if (pattern[p] == '[') {
      const std::uint32_t code = character(name, n, length);
      stuck = !in_set(pattern, p, code);
      n += length;
    } else {
      if (pattern[p] == '\\' && p + 1 < pattern.size()) ++p;
      stuck = pattern[p] != name[n];
      ++p, ++n;
    }
    if (!stuck) continue;
    if (star == std::string_view::npos) return false;
    p = star + 1;
    n = ++star_n;
  }
}

namespace {

/// The parts of a path without "." and "..", which patterns do not match: `.*` does not mean the parent folder.
std::vector<std::string_view> parts_of(std::string_view path) {
  std::vector<std::string_view> parts;
  for (std::size_t at = 0; at < path.size();) {
    const std::size_t end = std::min(path.find('/', at), path.size());
    const std::string_view part = path.substr(at, end - at);
    if (!part.empty() && part != "." && part != "..") parts.push_back(part);
    at = end + 1;
  }
  return parts;
}

}  // namespace

bool matches_path(const GlobPattern& pattern, std::string_view path, bool is_folder) {
  if (pattern.folders && !is_folder) return false;
  std::vector<std::string_view> names = parts_of(path);
  std::vector<GlobPart> parts;
  for (const std::string_view part : parts_of(pattern.base))
    parts.push_back({GlobPart::Kind::literal, std::string(part)});
  parts.insert(parts.end(), pattern.parts.begin(), pattern.parts.end());
  if (parts.empty() || names.empty()) return false;
  const bool any_depth = parts.front().kind == GlobPart::Kind::any_depth;
  if (pattern.base.empty() && parts.size() == 1 && !any_depth)
    names.erase(names.begin(), std::prev(names.end()));
  else if (!any_depth && pattern.base.starts_with('/') != path.starts_with('/'))
    return false;
  // reached[p]: the names so far match the first p parts.
  std::vector<char> reached(parts.size() + 1, false);
  reached[0] = true;
  const auto pass_over = [&] {  // "**" before other parts may match no folder
    for (std::size_t p = 0; p + 1 < parts.size(); ++p)
      if (reached[p] && parts[p].kind == GlobPart::Kind::any_depth) reached[p + 1] = true;
  };
  pass_over();
  for (const std::string_view name : names) {
    std::vector<char> next(parts.size() + 1, false);
    for (std::size_t p = 0; p < parts.size(); ++p) {
      if (!reached[p] || !matches_part(parts[p], name)) continue;
      next[p + 1] = true;
      if (parts[p].kind == GlobPart::Kind::any_depth) next[p] = true;
    }
    reached = std::move(next);
    pass_over();
  }
  return reached.back();
}

}  // namespace ropewalk::detail
