#include "plan/functions.hpp"

#include "base/text.hpp"
#include "plan/convert.hpp"
#include "plan/evaluate.hpp"
#include "workflow/scalar.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>

namespace ropewalk {
namespace {

using Kind = Value::Kind;
using Operands = std::span<Value>;

constexpr std::size_t kMostText = 64u << 20;      // bytes of a text that a function makes
constexpr std::size_t kMostElements = 1'000'000;  // of a list that a function makes
constexpr const char* kTooLarge = "the number is too large for an int (64 bits)";

bool is_text(const Value& value) { return value.kind() == Kind::text || value.kind() == Kind::path; }
double number(const Value& value) { return value.as_int() ? static_cast<double>(*value.as_int()) : *value.as_float(); }
const std::string& text(const Value& value) { return *value.as_string(); }

/// A path stays a path.
Value like(const Value& model, std::string made) {
  return model.kind() == Kind::path ? Value(Path{std::move(made)}) : Value(std::move(made));
}

bool give(Value& out, double value, std::string& problem) {
  if (!std::isfinite(value)) return problem = "the result is no finite number", false;
  return out = value, true;
}

// --- operators ---

template <class OfInts, class OfFloats>
bool arithmetic(Operands in, Value& out, std::string& problem, OfInts of_ints, OfFloats of_floats) {
  if (!in[0].as_int() || !in[1].as_int()) return give(out, of_floats(number(in[0]), number(in[1])), problem);
  std::int64_t result = 0;
  if (of_ints(*in[0].as_int(), *in[1].as_int(), &result)) return problem = kTooLarge, false;
  return out = result, true;
}

bool add(Operands in, Value& out, std::string& problem) {
  return arithmetic(in, out, problem, [](auto a, auto b, auto* c) { return __builtin_add_overflow(a, b, c); }, [](double a, double b) { return a + b; });
}
bool subtract(Operands in, Value& out, std::string& problem) {
  return arithmetic(in, out, problem, [](auto a, auto b, auto* c) { return __builtin_sub_overflow(a, b, c); }, [](double a, double b) { return a - b; });
}
bool multiply(Operands in, Value& out, std::string& problem) {
  return arithmetic(in, out, problem, [](auto a, auto b, auto* c) { return __builtin_mul_overflow(a, b, c); }, [](double a, double b) { return a * b; });
}
bool divide(Operands in, Value& out, std::string& problem) {
  if (number(in[1]) == 0) return problem = "this is a division by zero", false;
  return give(out, number(in[0]) / number(in[1]), problem);
}
/// The remainder has the sign of the divisor, so that `index % 3` is a number below 3 for any index.
bool remainder(Operands in, Value& out, std::string& problem) {
  if (number(in[1]) == 0) return problem = "this is a division by zero", false;
  if (in[0].as_int() && in[1].as_int()) {
    const std::int64_t divisor = *in[1].as_int();
    std::int64_t rest = divisor == -1 ? 0 : *in[0].as_int() % divisor;
    if (rest != 0 && (rest < 0) != (divisor < 0)) rest += divisor;
    return out = rest, true;
  }
  double rest = std::fmod(number(in[0]), number(in[1]));
  if (rest != 0 && (rest < 0) != (number(in[1]) < 0)) rest += number(in[1]);
  return give(out, rest, problem);
}
bool negate(Operands in, Value& out, std::string& problem) {
  if (in[0].as_float()) return out = -*in[0].as_float(), true;
  if (*in[0].as_int() == std::numeric_limits<std::int64_t>::min()) return problem = kTooLarge, false;
  return out = -*in[0].as_int(), true;
}
bool invert(Operands in, Value& out, std::string&) { return out = !*in[0].as_bool(), true; }

/// -1, 0 or 1.
std::optional<int> order_of(const Value& a, const Value& b) {
  if (a.as_int() && b.as_int()) return *a.as_int() < *b.as_int() ? -1 : *a.as_int() > *b.as_int();
  if ((a.as_int() || a.as_float()) && (b.as_int() || b.as_float())) return number(a) < number(b) ? -1 : number(a) > number(b);
  if (is_text(a) && is_text(b)) return text(a) < text(b) ? -1 : text(a) > text(b);
  return std::nullopt;
}

bool not_comparable(const Value& a, const Value& b, std::string& problem) {
  problem = fmt::format("{} and {} cannot be compared", kind_phrase(a.kind()), kind_phrase(b.kind()));
  return false;
}

template <class Holds>
bool compare(Operands in, Value& out, std::string& problem, Holds holds) {
  const std::optional<int> order = order_of(in[0], in[1]);
  if (!order) return not_comparable(in[0], in[1], problem);
  return out = holds(*order), true;
}
bool less(Operands in, Value& out, std::string& problem) { return compare(in, out, problem, [](int order) { return order < 0; }); }
bool at_most(Operands in, Value& out, std::string& problem) { return compare(in, out, problem, [](int order) { return order <= 0; }); }
bool greater(Operands in, Value& out, std::string& problem) { return compare(in, out, problem, [](int order) { return order > 0; }); }
bool at_least(Operands in, Value& out, std::string& problem) { return compare(in, out, problem, [](int order) { return order >= 0; }); }

bool equal(Operands in, Value& out, std::string& problem) {
  bool comparable = true;
  const bool same = same_value(in[0], in[1], comparable);
  if (!comparable) return not_comparable(in[0], in[1], problem);
  return out = same, true;
}
bool unequal(Operands in, Value& out, std::string& problem) {
  if (!equal(in, out, problem)) return false;
  return out = !*out.as_bool(), true;
}

// --- lists ---

bool length(Operands in, Value& out, std::string&) {
  std::size_t size = 0;
  if (const List* list = in[0].as_list()) size = list->size();
  else if (const Map* map = in[0].as_map()) size = map->size();
  else size = in[0].kind() == Kind::bytes ? text(in[0]).size() : count_characters(text(in[0]));
  return out = static_cast<std::int64_t>(size), true;
}

bool range(Operands in, Value& out, std::string& problem) {
  const std::int64_t from = in.size() == 1 ? 0 : *in[0].as_int();
  const std::int64_t last = *in.back().as_int();
  std::int64_t to = last;
  if (in.size() == 1 && __builtin_sub_overflow(last, 1, &to)) to = -1;
  List list;
  if (to >= from) {
    const std::uint64_t count = static_cast<std::uint64_t>(to) - static_cast<std::uint64_t>(from) + 1;
    if (count == 0 || count > kMostElements)
      return problem = fmt::format("a list of more than {} numbers; `foreach: {{range: ...}}` makes none", kMostElements), false;
    list.reserve(count);
    for (std::uint64_t i = 0; i < count; ++i) list.emplace_back(from + static_cast<std::int64_t>(i));
  }
  return out = std::move(list), true;
}

bool append_text(std::string& made, const Value& value, std::string& problem) {
  if (!append_as_text(made, value)) return problem = fmt::format("{} cannot be made text; json() can", kind_phrase(value.kind())), false;
  if (made.size() > kMostText) return problem = fmt::format("the text would be larger than {}", size_text(kMostText)), false;
  return true;
}

bool join(Operands in, Value& out, std::string& problem) {
  std::string made;
  bool first = true;
  for (const Value& element : *in[0].as_list()) {
    if (!first && in.size() > 1) made += text(in[1]);
    first = false;
    if (!append_text(made, element, problem)) return false;
  }
  return out = std::move(made), true;
}

bool split(Operands in, Value& out, std::string& problem) {
  const std::string &all = text(in[0]), &by = text(in[1]);
  if (by.empty()) return problem = "it cannot be split at nothing", false;
  List list;
  for (std::size_t at = 0;;) {
    const std::size_t next = all.find(by, at);
    list.emplace_back(all.substr(at, next == std::string::npos ? next : next - at));
    if (list.size() > kMostElements) return problem = fmt::format("a list of more than {} parts", kMostElements), false;
    if (next == std::string::npos) break;
    at = next + by.size();
  }
  return out = std::move(list), true;
}

bool concat(Operands in, Value& out, std::string& problem) {
  List list;
  for (Value& part : in) {
    if (List* elements = part.as_list()) std::move(elements->begin(), elements->end(), std::back_inserter(list));
    else list.push_back(std::move(part));
    if (list.size() > kMostElements) return problem = fmt::format("a list of more than {} elements", kMostElements), false;
  }
  return out = std::move(list), true;
}

/// The operands, or the elements of the one list that they are.
Operands elements_of(Operands in) {
  if (in.size() == 1 && in[0].as_list()) return *in[0].as_list();
  return in;
}

bool extreme(Operands in, Value& out, std::string& problem, int wanted) {
  const Operands all = elements_of(in);
  if (all.empty()) return problem = "an empty list has none", false;
  std::size_t best = 0;
  if (!order_of(all[0], all[0])) return problem = fmt::format("{} has no order", kind_phrase(all[0].kind())), false;
  for (std::size_t i = 1; i < all.size(); ++i) {
    const std::optional<int> order = order_of(all[i], all[best]);
    if (!order) return not_comparable(all[best], all[i], problem);
    if (*order == wanted) best = i;
  }
  Value found = std::move(all[best]);
  return out = std::move(found), true;
}
bool minimum(Operands in, Value& out, std::string& problem) { return extreme(in, out, problem, -1); }
bool maximum(Operands in, Value& out, std::string& problem) { return extreme(in, out, problem, 1); }

bool sum(Operands in, Value& out, std::string& problem) {
  Value total(std::int64_t{0});
  for (Value& element : elements_of(in)) {
    if (!element.as_int() && !element.as_float()) return problem = fmt::format("{} cannot be added", kind_phrase(element.kind())), false;
    Value both[] = {std::move(total), std::move(element)};
    if (!add(both, total, problem)) return false;
  }
  return out = std::move(total), true;
}

bool sort(Operands in, Value& out, std::string& problem) {
  List& list = *in[0].as_list();
  for (const Value& element : list)
    if (!order_of(list.front(), element)) return not_comparable(list.front(), element, problem);
  std::stable_sort(list.begin(), list.end(), [](const Value& a, const Value& b) { return *order_of(a, b) < 0; });
  Value sorted = std::move(in[0]);
  return out = std::move(sorted), true;
}

bool contains(Operands in, Value& out, std::string& problem) {
  if (const Map* map = in[0].as_map()) {
    if (!is_text(in[1])) return problem = "the keys of a map are text", false;
    return out = map->contains(text(in[1])), true;
  }
  if (const List* list = in[0].as_list()) {
    bool comparable = true;
    return out = std::any_of(list->begin(), list->end(), [&](const Value& element) { return same_value(element, in[1], comparable); }), true;
  }
  if (!is_text(in[1])) return problem = fmt::format("text contains no {}", kind_phrase(in[1].kind())), false;
  return out = text(in[0]).find(text(in[1])) != std::string::npos, true;
}

// --- text and paths ---

bool trim(Operands in, Value& out, std::string&) {
  constexpr std::string_view kSpace = " \t\n\r\f\v";
  const std::string& all = text(in[0]);
  const std::size_t begin = all.find_first_not_of(kSpace);
  if (begin == std::string::npos) return out = Value(""), true;
  std::string made = all.substr(begin, all.find_last_not_of(kSpace) - begin + 1);
  return out = std::move(made), true;
}

bool replace(Operands in, Value& out, std::string& problem) {
  const std::string &all = text(in[0]), &from = text(in[1]), &to = text(in[2]);
  if (from.empty()) return problem = "nothing cannot be replaced", false;
  std::string made;
  std::size_t at = 0;
  for (std::size_t next; (next = all.find(from, at)) != std::string::npos; at = next + from.size()) {
    made.append(all, at, next - at);
    made += to;
    if (made.size() > kMostText) return problem = fmt::format("the text would be larger than {}", size_text(kMostText)), false;
  }
  made.append(all, at);
  Value result = like(in[0], std::move(made));
  return out = std::move(result), true;
}

std::filesystem::path path(const Value& value) { return std::filesystem::path(text(value)); }
bool give_path(Value& out, const std::filesystem::path& made) { return out = Value(Path{made.string()}), true; }

bool basename(Operands in, Value& out, std::string&) {
  std::filesystem::path whole = path(in[0]);
  if (!whole.has_filename() && whole.has_relative_path()) whole = whole.parent_path();
  return give_path(out, whole.filename());
}
bool dirname(Operands in, Value& out, std::string&) {
  std::filesystem::path whole = path(in[0]);
  if (!whole.has_filename() && whole.has_relative_path()) whole = whole.parent_path();
  const std::filesystem::path folder = whole.parent_path();
  return give_path(out, folder.empty() ? std::filesystem::path(".") : folder);
}
bool stem(Operands in, Value& out, std::string&) { return give_path(out, path(in[0]).stem()); }
bool extension(Operands in, Value& out, std::string&) { return give_path(out, path(in[0]).extension()); }

bool absolute(const std::filesystem::path& from, std::filesystem::path& made, std::string& problem) {
  std::error_code error;
  made = std::filesystem::absolute(from, error).lexically_normal();
  if (error) return problem = fmt::format("the current folder is not known: {}", error.message()), false;
  return true;
}
bool absolute_path(Operands in, Value& out, std::string& problem) {
  std::filesystem::path made;
  return absolute(path(in[0]), made, problem) && give_path(out, made);
}
bool relative_path(Operands in, Value& out, std::string& problem) {
  std::filesystem::path made, base;
  if (!absolute(path(in[0]), made, problem) || !absolute(in.size() > 1 ? path(in[1]) : ".", base, problem)) return false;
  return give_path(out, made.lexically_relative(base));
}

/// For a POSIX shell: in single quotes unless all of it is harmless.
bool quote(Operands in, Value& out, std::string& problem) {
  std::string plain;
  if (!append_text(plain, in[0], problem)) return false;
  const auto harmless = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || std::string_view("_-./:@%+,=").find(c) != std::string_view::npos;
  };
  if (!plain.empty() && std::all_of(plain.begin(), plain.end(), harmless)) return out = std::move(plain), true;
  std::string made = "'";
  for (const char c : plain) {
    if (c == '\'') made += "'\\''";
    else made += c;
  }
  made += '\'';
  return out = std::move(made), true;
}

bool format(Operands in, Value& out, std::string& problem) {
  const std::string& pattern = text(in[0]);
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
    if (!append_text(made, in[next++], problem)) return false;
  }
  if (next < in.size()) return problem = fmt::format("it has {} places for {} values", next - 1, in.size() - 1), false;
  return out = std::move(made), true;
}

// --- conversions ---

bool to_int(Operands in, Value& out, std::string& problem) {
  if (in[0].as_int()) return out = *in[0].as_int(), true;
  if (const double* real = in[0].as_float()) {
    if (!(*real >= -9223372036854775808.0 && *real < 9223372036854775808.0)) return problem = kTooLarge, false;
    return out = static_cast<std::int64_t>(*real), true;
  }
  ScalarReading reading = read_scalar(text(in[0]), Type::integer, false);
  if (!reading.value) return problem = reading.problem, false;
  return out = std::move(*reading.value), true;
}
bool to_float(Operands in, Value& out, std::string& problem) {
  if (!is_text(in[0])) return out = number(in[0]), true;
  ScalarReading reading = read_scalar(text(in[0]), Type::real, false);
  if (!reading.value) return problem = reading.problem, false;
  return out = number(*reading.value), true;
}
bool to_text(Operands in, Value& out, std::string& problem) {
  std::string made;
  if (!append_text(made, in[0], problem)) return false;
  return out = std::move(made), true;
}
bool to_json_text(Operands in, Value& out, std::string&) { return out = to_json(in[0]), true; }

/// Half away from zero. Without digits an int.
bool round_number(Operands in, Value& out, std::string& problem) {
  if (in.size() == 1) {
    if (in[0].as_int()) return out = *in[0].as_int(), true;
    Value rounded[] = {Value(std::round(*in[0].as_float()))};
    return to_int(rounded, out, problem);
  }
  const std::int64_t digits = *in[1].as_int();
  if (digits < 0 || digits > 15) return problem = fmt::format("it rounds to 0..15 digits, not to {}", digits), false;
  const double scale = std::pow(10.0, static_cast<double>(digits)), scaled = number(in[0]) * scale;
  // A number this large has no such digits.
  return give(out, std::abs(scaled) < 9e15 ? std::round(scaled) / scale : number(in[0]), problem);
}

constexpr std::uint8_t kAny = Function::kAnyNumber;

constexpr Function kOperators[] = {
    {"-", 1, 1, "n", Type::any, true, "-", negate},
    {"!", 1, 1, "b", Type::boolean, false, "!", invert},
    {"??", 2, 2, "a", Type::any, false, "??", nullptr, Function::Order::fallback},
    {"*", 2, 2, "n", Type::any, true, "*", multiply},
    {"/", 2, 2, "n", Type::real, false, "/", divide},
    {"%", 2, 2, "n", Type::any, true, "%", remainder},
    {"+", 2, 2, "n", Type::any, true, "+", add},
    {"-", 2, 2, "n", Type::any, true, "-", subtract},
    {"==", 2, 2, "a", Type::boolean, false, "==", equal},
    {"!=", 2, 2, "a", Type::boolean, false, "!=", unequal},
    {"<", 2, 2, "o", Type::boolean, false, "<", less},
    {"<=", 2, 2, "o", Type::boolean, false, "<=", at_most},
    {">", 2, 2, "o", Type::boolean, false, ">", greater},
    {">=", 2, 2, "o", Type::boolean, false, ">=", at_least},
    {"&&", 2, 2, "b", Type::boolean, false, "&&", nullptr, Function::Order::both},
    {"||", 2, 2, "b", Type::boolean, false, "||", nullptr, Function::Order::either},
};

constexpr Function kFunctions[] = {
    {"abspath", 1, 1, "t", Type::path, false, "abspath(path)", absolute_path},
    {"basename", 1, 1, "t", Type::path, false, "basename(path)", basename},
    {"concat", 1, kAny, "a", Type::list, false, "concat(list or value, ...)", concat},
    {"contains", 2, 2, "ca", Type::boolean, false, "contains(list, map or text, what)", contains},
    {"dirname", 1, 1, "t", Type::path, false, "dirname(path)", dirname},
    {"ext", 1, 1, "t", Type::path, false, "ext(path)", extension},
    {"float", 1, 1, "m", Type::real, false, "float(number or text)", to_float},
    {"format", 1, kAny, "tx", Type::text, false, "format('{} of {}', value, ...)", format},
    {"if", 3, 3, "ba", Type::any, false, "if(condition, then, else)", nullptr, Function::Order::choice},
    {"int", 1, 1, "m", Type::integer, false, "int(number or text)", to_int},
    {"join", 1, 2, "lt", Type::text, false, "join(list, between)", join},
    {"json", 1, 1, "a", Type::text, false, "json(value)", to_json_text},
    {"len", 1, 1, "s", Type::integer, false, "len(list, map, text or bytes)", length},
    {"max", 1, kAny, "e", Type::any, false, "max(list) or max(a, b, ...)", maximum},
    {"min", 1, kAny, "e", Type::any, false, "min(list) or min(a, b, ...)", minimum},
    {"quote", 1, 1, "x", Type::text, false, "quote(value)", quote},
    {"range", 1, 2, "i", Type::list, false, "range(n) or range(from, to)", range},
    {"relpath", 1, 2, "t", Type::path, false, "relpath(path) or relpath(path, from)", relative_path},
    {"replace", 3, 3, "t", Type::any, false, "replace(text, old, new)", replace},
    {"round", 1, 2, "ni", Type::any, false, "round(number) or round(number, digits)", round_number},
    {"sort", 1, 1, "l", Type::list, false, "sort(list)", sort},
    {"split", 2, 2, "t", Type::list, false, "split(text, at)", split},
    {"stem", 1, 1, "t", Type::path, false, "stem(path)", stem},
    {"sum", 1, kAny, "d", Type::any, false, "sum(list) or sum(a, b, ...)", sum},
    {"text", 1, 1, "x", Type::text, false, "text(value)", to_text},
    {"trim", 1, 1, "t", Type::text, false, "trim(text)", trim},
};

}  // namespace

const Function* find_function(std::string_view name) {
  const auto* found = std::find_if(std::begin(kFunctions), std::end(kFunctions), [&](const Function& each) { return each.name == name; });
  return found == std::end(kFunctions) ? nullptr : found;
}

const Function& operator_function(std::string_view name, std::size_t operands) {
  return *std::find_if(std::begin(kOperators), std::end(kOperators), [&](const Function& each) { return each.name == name && each.least == operands; });
}

std::vector<std::string> function_names() {
  std::vector<std::string> names;
  for (const Function& each : kFunctions) names.emplace_back(each.name);
  return names;
}

std::string_view operand_phrase(char letter) {
  switch (letter) {
    case 'b': return "a bool";
    case 'c': return "a list, a map or text";
    case 'd': return "numbers, or a list of them";
    case 'e': return "numbers or texts, or a list of them";
    case 'i': return "an int";
    case 'l': return "a list";
    case 'm': return "a number or text";
    case 'n': return "a number";
    case 'o': return "a number or text";
    case 's': return "a list, a map, text or bytes";
    case 't': return "text or a path";
    case 'x': return "a number, a bool, text or a path";
    default: return "a value";
  }
}

bool takes_kind(char letter, Kind kind) {
  const bool number = kind == Kind::integer || kind == Kind::real, text = kind == Kind::text || kind == Kind::path;
  switch (letter) {
    case 'b': return kind == Kind::boolean;
    case 'c': return kind == Kind::list || kind == Kind::map || text;
    case 'd': return number || kind == Kind::list;
    case 'e': return number || text || kind == Kind::list;
    case 'i': return kind == Kind::integer;
    case 'l': return kind == Kind::list;
    case 'm':
    case 'o': return number || text;
    case 'n': return number;
    case 's': return kind == Kind::list || kind == Kind::map || text || kind == Kind::bytes;
    case 't': return text;
    case 'x': return number || text || kind == Kind::boolean;
    default: return true;
  }
}

bool takes_type(char letter, Type type) {
  switch (type) {
    case Type::any: return true;
    case Type::boolean: return takes_kind(letter, Kind::boolean);
    case Type::integer:
    case Type::size: return takes_kind(letter, Kind::integer);
    case Type::real:
    case Type::duration: return takes_kind(letter, Kind::real);
    case Type::text: return takes_kind(letter, Kind::text);
    case Type::bytes: return takes_kind(letter, Kind::bytes);
    case Type::path: return takes_kind(letter, Kind::path);
    case Type::list: return takes_kind(letter, Kind::list);
    case Type::map: return takes_kind(letter, Kind::map);
  }
  return true;
}

bool same_value(const Value& a, const Value& b, bool& comparable) {
  if (a.is_null() || b.is_null()) return a.is_null() && b.is_null();
  if (const std::optional<int> order = order_of(a, b)) return *order == 0;
  comparable = comparable && a.kind() == b.kind();
  return a.kind() == b.kind() && a == b;
}

}  // namespace ropewalk
