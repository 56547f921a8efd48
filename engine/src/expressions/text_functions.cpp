// The functions of expressions for text and paths. Of the machine they read only the current folder.

#include "base/text.hpp"
#include "expressions/function_bodies.hpp"
#include "expressions/pattern.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <utility>

namespace ropewalk::detail {
namespace {

/// A path stays a path.
Value like(const Value& model, std::string made) {
  return model.kind() == Value::Kind::path ? Value(Path{std::move(made)}) : Value(std::move(made));
}

std::filesystem::path path(const Value& value) { return std::filesystem::path(text(value)); }
/// Charges for the parts of a path, each of which becomes an object.
bool spend_on_paths(Operands in, Budget& budget, std::string& problem) {
  for (const Value& value : in) {
    if (text(value).size() > kLongestPath)
      return problem = fmt::format("a path of more than {}", size_text(kLongestPath)), false;
    if (!budget.spend(text(value).size() * 4, problem)) return false;
  }
  return true;
}
bool give_path(Value& out, const std::filesystem::path& made) { return out = Value(Path{made.string()}), true; }

bool absolute(const std::filesystem::path& from, std::filesystem::path& made, std::string& problem) {
  std::error_code error;
  made = std::filesystem::absolute(from, error).lexically_normal();
  if (error) return problem = fmt::format("the current folder is not known: {}", error.message()), false;
  return true;
}

}  // namespace

bool trim(Operands in, Value& out, Budget& budget, std::string& problem) {
  constexpr std::string_view kSpace = " \t\n\r\f\v";
  const std::string& all = text(in[0]);
  if (!budget.scan(all.size(), problem)) return false;
  const std::size_t begin = all.find_first_not_of(kSpace);
  if (begin == std::string::npos) return out = Value(""), true;
  std::string made = all.substr(begin, all.find_last_not_of(kSpace) - begin + 1);
  return out = std::move(made), true;
}

bool replace(Operands in, Value& out, Budget& budget, std::string& problem) {
  const std::string &all = text(in[0]), &from = text(in[1]), &to = text(in[2]);
  if (from.empty()) return problem = "nothing cannot be replaced", false;
  if (!budget.search(all.size(), problem)) return false;
  std::string made;
  made.reserve(all.size());
  std::size_t at = 0;
  for (std::size_t next; (next = find_in(all, from, at)) != std::string::npos; at = next + from.size()) {
    made.append(all, at, next - at);
    made += to;
    if (!budget.spend(1, problem) || !budget.has_room(made.size(), problem)) return false;
  }
  made.append(all, at);
  Value result = like(in[0], std::move(made));
  return out = std::move(result), true;
}

bool split(Operands in, Value& out, Budget& budget, std::string& problem) {
  const std::string &all = text(in[0]), &by = text(in[1]);
  if (by.empty()) return problem = "it cannot be split at nothing", false;
  if (!budget.search(all.size(), problem)) return false;
  std::size_t parts = 1;
  for (std::size_t at = find_in(all, by, 0); at != std::string::npos && parts <= kMaxElements;
       at = find_in(all, by, at + by.size()))
    ++parts;
  if (parts > kMaxElements) return problem = fmt::format("a list of more than {} parts", kMaxElements), false;
  if (!budget.spend(parts, problem) || !budget.has_room(parts * sizeof(Value) + all.size(), problem)) return false;
  List list;
  list.reserve(parts);
  for (std::size_t at = 0; parts > 0; --parts) {
    const std::size_t next = parts > 1 ? find_in(all, by, at) : all.size();
    list.emplace_back(std::string_view(all).substr(at, next - at));
    at = next + by.size();
  }
  return out = std::move(list), true;
}

/// Null if the pattern does not match, so that `??` says what stands for it.
bool match(Operands in, Value& out, Budget& budget, std::string& problem) {
  return match_pattern(text(in[0]), text(in[1]), out, budget, problem);
}

/// Lines end with LF or CRLF; the last one need not.
bool lines(Operands in, Value& out, Budget& budget, std::string& problem) {
  std::string_view rest = text(in[0]);
  if (!budget.search(rest.size(), problem)) return false;
  const auto count = static_cast<std::size_t>(std::count(rest.begin(), rest.end(), '\n')) +
                     (!rest.empty() && rest.back() != '\n' ? 1 : 0);
  if (count > kMaxElements) return problem = fmt::format("a list of more than {} lines", kMaxElements), false;
  if (!budget.spend(count, problem) || !budget.has_room(count * sizeof(Value) + rest.size(), problem)) return false;
  List list;
  list.reserve(count);
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    std::string_view line = rest.substr(0, end);
    if (end < rest.size() && line.ends_with('\r')) line.remove_suffix(1);
    list.emplace_back(line);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return out = std::move(list), true;
}

bool basename(Operands in, Value& out, Budget& budget, std::string& problem) {
  if (!spend_on_paths(in, budget, problem)) return false;
  std::filesystem::path whole = path(in[0]);
  if (!whole.has_filename() && whole.has_relative_path()) whole = whole.parent_path();
  return give_path(out, whole.filename());
}
bool dirname(Operands in, Value& out, Budget& budget, std::string& problem) {
  if (!spend_on_paths(in, budget, problem)) return false;
  std::filesystem::path whole = path(in[0]);
  if (!whole.has_filename() && whole.has_relative_path()) whole = whole.parent_path();
  const std::filesystem::path folder = whole.parent_path();
  return give_path(out, folder.empty() ? std::filesystem::path(".") : folder);
}
bool stem(Operands in, Value& out, Budget& budget, std::string& problem) {
  return spend_on_paths(in, budget, problem) && give_path(out, path(in[0]).stem());
}
bool extension(Operands in, Value& out, Budget& budget, std::string& problem) {
  return spend_on_paths(in, budget, problem) && give_path(out, path(in[0]).extension());
}

bool absolute_path(Operands in, Value& out, Budget& budget, std::string& problem) {
  std::filesystem::path made;
  return spend_on_paths(in, budget, problem) && absolute(path(in[0]), made, problem) && give_path(out, made);
}
bool relative_path(Operands in, Value& out, Budget& budget, std::string& problem) {
  std::filesystem::path made, base;
  if (!spend_on_paths(in, budget, problem)) return false;
  if (!absolute(path(in[0]), made, problem) || !absolute(in.size() > 1 ? path(in[1]) : ".", base, problem))
    return false;
  return give_path(out, made.lexically_relative(base));
}

/// Quotes text for a POSIX shell, unless every character is harmless.
bool quote(Operands in, Value& out, Budget& budget, std::string& problem) {
  std::string plain;
  if (!append_text(plain, in[0], budget, problem) || !budget.scan(plain.size(), problem)) return false;
  const auto harmless = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("_-./:@%+,=").find(c) != std::string_view::npos;
  };
  if (!plain.empty() && std::all_of(plain.begin(), plain.end(), harmless)) return out = std::move(plain), true;
  const std::size_t size =
      plain.size() + 3 * static_cast<std::size_t>(std::count(plain.begin(), plain.end(), '\'')) + 2;
  if (!budget.has_room(size, problem)) return false;
  std::string made;
  made.reserve(size);
  made += '\'';
  for (const char c : plain) {
    if (c == '\'')
      made += "'\\''";
    else
      made += c;
  }
  made += '\'';
  return out = std::move(made), true;
}

bool format(Operands in, Value& out, Budget& budget, std::string& problem) {
  const std::string& pattern = text(in[0]);
  if (!budget.scan(pattern.size(), problem)) return false;
  std::string made;
  std::size_t next = 1;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    if ((c != '{' && c != '}') || (i + 1 < pattern.size() && pattern[i + 1] == c)) {
      made += c;
      i += c == '{' || c == '}';
      continue;
    }
    if (c == '}' || i + 1 >= pattern.size() || pattern[i + 1] != '}')
      return problem = "its places are {}; a brace of its own is written twice", false;
    ++i;
    if (next >= in.size()) return problem = fmt::format("it has more places than the {} values", in.size() - 1), false;
    if (!append_text(made, in[next++], budget, problem)) return false;
  }
  if (next < in.size()) return problem = fmt::format("it has {} places for {} values", next - 1, in.size() - 1), false;
  return out = std::move(made), true;
}

}  // namespace ropewalk::detail
