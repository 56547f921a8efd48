// The tables of functions and operators, and the kinds of their operands. What they do is in operators.cpp and in the
// *_functions.cpp.

#include "expressions/functions.hpp"

#include "expressions/function_bodies.hpp"

#include <algorithm>

namespace ropewalk {
namespace {

using namespace detail;
using Kind = Value::Kind;

constexpr std::uint8_t kAny = Function::kAnyNumber;
constexpr Function::Order kStrict = Function::Order::strict;
using Makes = Function::Makes;

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
    {"concat", 1, kAny, "a", Type::list, false, "concat(list or value, ...)", concat, kStrict, Makes::slots},
    {"contains", 2, 2, "ca", Type::boolean, false, "contains(list, map or text, what)", contains},
    {"dirname", 1, 1, "t", Type::path, false, "dirname(path)", dirname},
    {"ext", 1, 1, "t", Type::path, false, "ext(path)", extension},
    {"float", 1, 1, "m", Type::real, false, "float(number or text)", to_float},
    {"format", 1, kAny, "tx", Type::text, false, "format('{} of {}', value, ...)", format},
    {"from_base64", 1, 1, "t", Type::bytes, false, "from_base64(text)", from_base64},
    {"if", 3, 3, "ba", Type::any, false, "if(condition, then, else)", nullptr, Function::Order::choice},
    {"int", 1, 1, "m", Type::integer, false, "int(number or text)", to_int},
    {"join", 1, 2, "lt", Type::text, false, "join(list, between)", join},
    {"json", 1, 1, "a", Type::text, false, "json(value)", to_json_text},
    {"len", 1, 1, "s", Type::integer, false, "len(list, map, text or bytes)", length},
    {"max", 1, kAny, "e", Type::any, false, "max(list) or max(a, b, ...)", maximum, kStrict, Makes::nothing},
    {"min", 1, kAny, "e", Type::any, false, "min(list) or min(a, b, ...)", minimum, kStrict, Makes::nothing},
    {"quote", 1, 1, "x", Type::text, false, "quote(value)", quote},
    {"range", 1, 2, "i", Type::list, false, "range(n) or range(from, to)", range},
    {"relpath", 1, 2, "t", Type::path, false, "relpath(path) or relpath(path, from)", relative_path},
    {"replace", 3, 3, "t", Type::any, false, "replace(text, old, new)", replace},
    {"round", 1, 2, "ni", Type::any, false, "round(number) or round(number, digits)", round_number},
    {"sort", 1, 1, "l", Type::list, false, "sort(list)", sort, kStrict, Makes::nothing},
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

}  // namespace ropewalk
