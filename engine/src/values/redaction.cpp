#include <ropewalk/redaction.hpp>

#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <iterator>
#include <utility>

namespace ropewalk {
namespace {

constexpr std::size_t kMinPart = 8;  // a part of a secret is hidden from this many bytes on

bool is_word(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x80 || std::isalnum(byte) != 0 || c == '_';
}

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\r\n\v\f") == text.npos; }

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n\v\f";
  const std::size_t first = std::min(text.find_first_not_of(kBlanks), text.size());
  return text.substr(first, text.find_last_not_of(kBlanks) + 1 - first);
}

std::string in_json(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out.substr(1, out.size() - 2);
}

/// The text within a shell's single quotes, as quote() writes it.
std::string in_shell(std::string_view text) {
  std::string out;
  for (const char c : text) out += c == '\'' ? "'\\''" : std::string(1, c);
  return out;
}

/// The text as a glob pattern, with a backslash before special characters.
std::string in_pattern(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (std::string_view("*?[]{},\\").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

std::string in_url(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0 || std::string_view("-._~").find(c) != std::string_view::npos)
      out += c;
    else
      fmt::format_to(std::back_inserter(out), "%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

/// The part of the text's base64 that does not depend on its neighbours, with `before` bytes in front of it.
std::string in_base64(std::string_view text, std::size_t before) {
  std::string all;
  append_base64(all, std::string(before, '\0').append(text));
  const std::size_t first = (before * 8 + 5) / 6, last = (before + text.size()) * 8 / 6;
  return all.substr(first, last - first);
}

bool stands_alone(std::string_view text, std::size_t from, std::size_t to) {
  return (from == 0 || !is_word(text[from - 1])) && (to == text.size() || !is_word(text[to]));
}

/// Finds one pattern in linear time, even a repetitive one (Knuth, Morris and Pratt).
class Matcher {
 public:
  explicit Matcher(std::string_view pattern) : pattern_(pattern), borders_(pattern.size()) {
    for (std::size_t i = 1, border = 0; i < pattern.size(); ++i) {
      while (border > 0 && pattern[i] != pattern[border]) border = borders_[border - 1];
      if (pattern[i] == pattern[border]) ++border;
      borders_[i] = static_cast<std::uint32_t>(border);
    }
  }
  /// Calls `found(end)` for each occurrence, including overlapping ones. Returns the length of the longest proper
  /// prefix of the pattern at the end of the text.
  template <class Found>
  std::size_t run(std::string_view text, const Found& found) const {
    std::size_t matched = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
      while (matched > 0 && text[i] != pattern_[matched]) matched = borders_[matched - 1];
      if (text[i] == pattern_[matched]) ++matched;
      if (matched < pattern_.size()) continue;
      found(i + 1);
      matched = borders_[matched - 1];
    }
    return matched;
  }

 private:
  std::string_view pattern_;
  std::vector<std::uint32_t> borders_;  // for each prefix: its longest shorter prefix that is also its suffix
};

/// Length of the longest suffix of `text` that is a proper prefix of `word`.
std::size_t overlap(std::string_view text, std::string_view word) {
  const std::size_t most = std::min(text.size(), word.size() - 1);
  const std::string_view beginning = word.substr(0, most), end = text.substr(text.size() - most);
  if (most == 0 || end.find(word.front()) == end.npos) return 0;
  if (end == beginning) return most;
  return Matcher(beginning).run(end, [](std::size_t) {});
}

/// Length of the text's end that is the start of the secret, but not all of it; 0 if it is too short to be worth
/// hiding.
std::size_t cut_end(std::string_view text, std::string_view secret) {
  if (secret.size() <= kMinPart || text.size() < kMinPart) return 0;
  const std::size_t near = std::min(text.size(), secret.size() - 1);
  if (find_in(text.substr(text.size() - near), secret.substr(0, kMinPart), 0) == text.npos) return 0;
  const std::size_t size = overlap(text, secret);
  return size < kMinPart ? 0 : size;
}

/// The same for the text's start and the secret's end.
std::size_t cut_start(std::string_view text, std::string_view secret) {
  if (secret.size() <= kMinPart || text.size() < kMinPart) return 0;
  const std::string_view start = text.substr(0, secret.size() - 1);
  if (find_in(start, secret.substr(secret.size() - kMinPart), 0) == text.npos) return 0;
  if (secret.ends_with(start)) return start.size();
  const std::size_t size = overlap(secret, start);
  return size < kMinPart ? 0 : size;
}

}  // namespace

void Redaction::add(const Value& secret) {
  if (secret.list_size()) {
    secret.each_element([&](const Value& each) { add(each); });
  } else if (const Map* map = secret.as_map()) {
    for (const auto& [key, each] : *map) add(each);
  } else if (const auto bytes = secret.bytes()) {
    add_text(*bytes);
  } else if (secret.as_int() || secret.as_float()) {
    add_pattern(to_json(secret));
  }
}

void Redaction::add_text(std::string_view secret) {
  if (is_blank(secret)) return;
  for (const std::string_view each : {secret, trimmed(secret)}) {
    add_pattern(std::string(each));
    add_pattern(in_json(each));
    add_pattern(escape_for_display(each));
    add_pattern(in_shell(each));
    add_pattern(in_url(each));
    add_pattern(in_pattern(each));
    add_pattern(escape_for_display(in_pattern(each)));
    if (each.size() >= kMinPart)
      for (std::size_t before = 0; before < 3; ++before) add_pattern(in_base64(each, before));
  }
  if (secret.find('\n') == secret.npos) return;
  while (!secret.empty()) {
    const std::size_t end = std::min(secret.find('\n'), secret.size());
    if (const std::string_view line = trimmed(secret.substr(0, end)); line.size() >= kMinPart)
      add_pattern(std::string(line)), add_pattern(in_json(line));
    secret.remove_prefix(std::min(end + 1, secret.size()));
  }
}

void Redaction::add_pattern(std::string pattern) {
  (pattern.size() < kShortest ? alone_ : anywhere_).insert(std::move(pattern));
}

/// Ascending. Adjacent spans are merged.
std::vector<Redaction::Span> Redaction::secrets_in(std::string_view text) const {
  std::vector<Span> found;
  const auto find_all = [&](const std::string& secret, bool alone) {
    const std::size_t first = find_in(text, secret, 0);
    if (first == text.npos) return;
    Matcher(secret).run(text.substr(first), [&](std::size_t end) {
      const Span span{first + end - secret.size(), first + end};
      if (!alone || stands_alone(text, span.from, span.to)) found.push_back(span);
    });
  };
  for (const std::string& secret : anywhere_) find_all(secret, false);
  for (const std::string& secret : alone_) find_all(secret, true);
  for (const std::string& secret : anywhere_) {
    if (const std::size_t size = cut_end(text, secret); size != 0) found.push_back({text.size() - size, text.size()});
    if (const std::size_t size = cut_start(text, secret); size != 0) found.push_back({0, size});
  }
  std::sort(found.begin(), found.end(), [](const Span& a, const Span& b) { return a.from < b.from; });
  std::vector<Span> spans;
  for (const Span& each : found) {
    if (spans.empty() || spans.back().to < each.from)
      spans.push_back(each);
    else
      spans.back().to = std::max(spans.back().to, each.to);
  }
  return spans;
}

bool Redaction::is_clean(std::string_view text) const { return secrets_in(text).empty(); }

std::string Redaction::text(std::string_view text) const {
  std::string out;
  std::size_t at = 0;
  for (const Span& secret : secrets_in(text)) {
    out.append(text, at, secret.from - at).append(kShown);
    at = secret.to;
  }
  return out.append(text, at);
}

Value Redaction::value(const Value& value) const {
  if (const auto bytes = value.bytes()) {
    if (is_clean(*bytes)) return value;
    std::string shown = text(*bytes);
    if (value.kind() == Value::Kind::text) return Value(std::move(shown));
    return value.kind() == Value::Kind::path ? Value(Path{std::move(shown)}) : Value(Bytes{std::move(shown)});
  }
  if (value.list_size()) {
    List shown;
    value.each_element([&](const Value& each) { shown.push_back(this->value(each)); });
    return shown;
  }
  if (const Map* map = value.as_map()) {
    Map shown;
    for (const auto& [key, each] : *map) {
      std::string name = text(key);
      while (shown.contains(name)) name += kShown;
      shown.emplace(std::move(name), this->value(each));
    }
    return shown;
  }
  if (!value.as_int() && !value.as_float()) return value;
  const std::string number = to_json(value);
  return anywhere_.contains(number) || alone_.contains(number) ? Value(kShown) : value;
}

Error Redaction::error(Error error) const {
  error.message = text(error.message);
  for (std::string& note : error.notes) note = text(note);
  error.place.part = text(error.place.part);
  if (!is_clean(error.place.source)) error.place.source.clear();
  return error;
}

std::size_t Redaction::undecided(std::string_view text) const {
  std::size_t word = 0;
  while (word < text.size() && is_word(text[text.size() - word - 1])) ++word;
  const std::size_t short_word = !alone_.empty() && word < kShortest ? word : 0;
  std::size_t most = short_word;
  for (const auto* all : {&anywhere_, &alone_})
    for (const std::string& secret : *all) most = std::max(most, overlap(text, secret));
  return most;
}

}  // namespace ropewalk
