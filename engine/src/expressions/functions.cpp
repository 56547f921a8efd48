// The tables of functions and operators, and the kinds of their operands. Their bodies are in operators.cpp and
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
using Operand = OperandKind;

constexpr ResultType kNumeric{.rule = ResultType::Rule::numeric};
constexpr ResultType kLikeFirst{.rule = ResultType::Rule::first};
constexpr ResultType kBranches{.rule = ResultType::Rule::branches};
constexpr ResultType kUnknown{};
template <Type type>
constexpr ResultType kFixed{.type = type};
template <Type element>
constexpr ResultType kListOf{.type = Type::list, .element = element};

constexpr Function kOperators[] = {
    {"-", 1, 1, Operand::number, Operand::number, kNumeric, "-", negate},
    {"!", 1, 1, Operand::boolean, Operand::boolean, kFixed<Type::boolean>, "!", invert},
    {"??", 2, 2, Operand::any, Operand::any, kBranches, "??", nullptr, Function::Order::fallback},
    {"*", 2, 2, Operand::number, Operand::number, kNumeric, "*", multiply},
    {"/", 2, 2, Operand::number, Operand::number, kFixed<Type::real>, "/", divide},
    {"%", 2, 2, Operand::number, Operand::number, kNumeric, "%", remainder},
    {"+", 2, 2, Operand::number, Operand::number, kNumeric, "+", add},
    {"-", 2, 2, Operand::number, Operand::number, kNumeric, "-", subtract},
    {"==", 2, 2, Operand::any, Operand::any, kFixed<Type::boolean>, "==", equal},
    {"!=", 2, 2, Operand::any, Operand::any, kFixed<Type::boolean>, "!=", unequal},
    {"<", 2, 2, Operand::number_or_text, Operand::number_or_text, kFixed<Type::boolean>, "<", less},
    {"<=", 2, 2, Operand::number_or_text, Operand::number_or_text, kFixed<Type::boolean>, "<=", at_most},
    {">", 2, 2, Operand::number_or_text, Operand::number_or_text, kFixed<Type::boolean>, ">", greater},
    {">=", 2, 2, Operand::number_or_text, Operand::number_or_text, kFixed<Type::boolean>, ">=", at_least},
    {"&&", 2, 2, Operand::boolean, Operand::boolean, kFixed<Type::boolean>, "&&", nullptr, Function::Order::both},
    {"||", 2, 2, Operand::boolean, Operand::boolean, kFixed<Type::boolean>, "||", nullptr, Function::Order::either},
};

constexpr Function kListLiteral{"[", 0,         kAny,    Operand::any, Operand::any, kFixed<Type::list>,
                                "[", make_list, kStrict, Makes::slots};
constexpr Function kMapLiteral{"{", 0, kAny, Operand::any, Operand::any, kFixed<Type::map>, "{", make_map};

constexpr Function kFunctions[] = {
    {"abspath", 1, 1, Operand::text, Operand::text, kFixed<Type::path>, "abspath(path)", absolute_path},
    {"basename", 1, 1, Operand::text, Operand::text, kFixed<Type::path>, "basename(path)", basename},
    {"concat", 1, kAny, Operand::any, Operand::any, kFixed<Type::list>, "concat(list or value, ...)", concat, kStrict,
     Makes::slots},
    {"contains", 2, 2, Operand::searchable, Operand::any, kFixed<Type::boolean>, "contains(list, map or text, what)",
     contains},
    {"date", 1, 3, Operand::number, Operand::text, kFixed<Type::text>,
     "date(seconds) or date(seconds, format) or date(seconds, format, 'local')", date_text},
    {"dirname", 1, 1, Operand::text, Operand::text, kFixed<Type::path>, "dirname(path)", dirname},
    {"ext", 1, 1, Operand::text, Operand::text, kFixed<Type::path>, "ext(path)", extension},
    {"flatten", 1, 1, Operand::list, Operand::list, kFixed<Type::list>, "flatten(list)", flatten, kStrict,
     Makes::slots},
    {"float", 1, 1, Operand::number_or_text, Operand::number_or_text, kFixed<Type::real>, "float(number or text)",
     to_float},
    {"format", 1, kAny, Operand::text, Operand::printable, kFixed<Type::text>, "format('{} of {}', value, ...)",
     format},
    {"from_base64", 1, 1, Operand::text, Operand::text, kFixed<Type::bytes>, "from_base64(text)", from_base64},
    {"if", 3, 3, Operand::boolean, Operand::any, kBranches, "if(condition, then, else)", nullptr,
     Function::Order::choice},
    {"int", 1, 1, Operand::number_or_text, Operand::number_or_text, kFixed<Type::integer>, "int(number or text)",
     to_int},
    {"join", 1, 2, Operand::list, Operand::text, kFixed<Type::text>, "join(list, between)", join},
    {"json", 1, 1, Operand::any, Operand::any, kFixed<Type::text>, "json(value)", to_json_text},
    {"json_parse", 1, 1, Operand::text, Operand::text, kUnknown, "json_parse(text)", parse_json},
    {"len", 1, 1, Operand::sized, Operand::sized, kFixed<Type::integer>, "len(list, map, text or bytes)", length},
    {"lines", 1, 1, Operand::text, Operand::text, kListOf<Type::text>, "lines(text)", lines},
    {"match", 2, 2, Operand::text, Operand::pattern, kUnknown, "match(text, regex)", match},
    {"max", 1, kAny, Operand::comparable, Operand::comparable, kUnknown, "max(list) or max(a, b, ...)", maximum,
     kStrict, Makes::nothing},
    {"min", 1, kAny, Operand::comparable, Operand::comparable, kUnknown, "min(list) or min(a, b, ...)", minimum,
     kStrict, Makes::nothing},
    {"now", 0, 0, Operand::any, Operand::any, kFixed<Type::integer>, "now()", nullptr, Function::Order::moment},
    {"quote", 1, 1, Operand::printable, Operand::printable, kFixed<Type::text>, "quote(value)", quote},
    {"range", 1, 2, Operand::integer, Operand::integer, kListOf<Type::integer>, "range(n) or range(from, to)", range},
    {"relpath", 1, 2, Operand::text, Operand::text, kFixed<Type::path>, "relpath(path) or relpath(path, from)",
     relative_path},
    {"replace", 3, 3, Operand::text, Operand::text, kLikeFirst, "replace(text, old, new)", replace},
    {"round", 1, 2, Operand::number, Operand::integer, kUnknown, "round(number) or round(number, digits)",
     round_number},
    {"sort", 1, 1, Operand::list, Operand::list, kLikeFirst, "sort(list)", sort, kStrict, Makes::nothing},
    {"split", 2, 2, Operand::text, Operand::text, kListOf<Type::text>, "split(text, at)", split},
    {"stem", 1, 1, Operand::text, Operand::text, kFixed<Type::path>, "stem(path)", stem},
    {"sum", 1, kAny, Operand::addable, Operand::addable, kUnknown, "sum(list) or sum(a, b, ...)", sum},
    {"text", 1, 1, Operand::printable, Operand::printable, kFixed<Type::text>, "text(value)", to_text},
    {"trim", 1, 1, Operand::text, Operand::text, kFixed<Type::text>, "trim(text)", trim},
};

}  // namespace

const Function* find_function(std::string_view name) {
  const auto* found = std::find_if(std::begin(kFunctions), std::end(kFunctions),
                                   [&](const Function& each) { return each.name == name; });
  return found == std::end(kFunctions) ? nullptr : found;
}

const Function& operator_function(std::string_view name, std::size_t operands) {
  return *std::find_if(std::begin(kOperators), std::end(kOperators),
                       [&](const Function& each) { return each.name == name && each.least == operands; });
}

const Function& list_literal() { return kListLiteral; }
const Function& map_literal() { return kMapLiteral; }

std::vector<std::string> function_names() {
  std::vector<std::string> names;
  for (const Function& each : kFunctions) names.emplace_back(each.name);
  return names;
}

std::string_view operand_phrase(OperandKind operand) {
  switch (operand) {
    case Operand::any: break;
    case Operand::boolean: return "a bool";
    case Operand::integer: return "an int";
    case Operand::number: return "a number";
    case Operand::number_or_text: return "a number or text";
    case Operand::printable: return "a number, a bool, text or a path";
    case Operand::text: return "text or a path";
    case Operand::pattern: return "a regular expression";
    case Operand::list: return "a list";
    case Operand::searchable: return "a list, a map or text";
    case Operand::sized: return "a list, a map, text or bytes";
    case Operand::addable: return "numbers, or a list of them";
    case Operand::comparable: return "numbers or texts, or a list of them";
  }
  return "a value";
}

bool takes_kind(OperandKind operand, Kind kind) {
  const bool number = kind == Kind::integer || kind == Kind::real, text = kind == Kind::text || kind == Kind::path;
  const bool list = kind == Kind::list;
  switch (operand) {
    case Operand::any: return true;
    case Operand::boolean: return kind == Kind::boolean;
    case Operand::integer: return kind == Kind::integer;
    case Operand::number: return number;
    case Operand::number_or_text: return number || text;
    case Operand::printable: return number || text || kind == Kind::boolean;
    case Operand::text:
    case Operand::pattern: return text;
    case Operand::list: return list;
    case Operand::searchable: return list || text || kind == Kind::map;
    case Operand::sized: return list || text || kind == Kind::map || kind == Kind::bytes;
    case Operand::addable: return number || list;
    case Operand::comparable: return number || text || list;
  }
  return true;
}

bool takes_type(OperandKind operand, Type type) {
  switch (type) {
    case Type::any: return true;
    case Type::boolean: return takes_kind(operand, Kind::boolean);
    case Type::integer:
    case Type::size: return takes_kind(operand, Kind::integer);
    case Type::real:
    case Type::duration: return takes_kind(operand, Kind::real);
    case Type::text: return takes_kind(operand, Kind::text);
    case Type::bytes: return takes_kind(operand, Kind::bytes);
    case Type::path: return takes_kind(operand, Kind::path);
    case Type::list: return takes_kind(operand, Kind::list);
    case Type::map: return takes_kind(operand, Kind::map);
  }
  return true;
}

}  // namespace ropewalk
