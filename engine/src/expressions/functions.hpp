#pragma once
// The functions and operators of expressions: names, operands, result types and bodies. Parser, checker and evaluator
// share one table. Pure; any thread.

#include "expressions/budget.hpp"

#include <ropewalk/value.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ropewalk {

/// What an operand may be.
enum class OperandKind : std::uint8_t {
  any,
  boolean,
  integer,
  number,
  number_or_text,
  printable,  ///< has a text form: numbers, bools, text and paths
  text,       ///< or a path
  pattern,    ///< a regular expression; one that is known is checked while planning
  list,
  searchable,  ///< a list, a map or text
  sized,       ///< a list, a map, text or bytes
  addable,     ///< a number, or a list of them
  comparable,  ///< a number or text, or a list of them
};

/// What the operands of a call determine about its result.
struct ResultType {
  enum class Rule : std::uint8_t {
    fixed,     ///< `type`, and the elements of a list are `element`
    numeric,   ///< int if all operands are, else float
    first,     ///< that of the first operand
    branches,  ///< that of the last two operands, if it is the same
  };
  Rule rule = Rule::fixed;
  Type type = Type::any;
  Type element = Type::any;
};

struct Function {
  /// Which operands are evaluated: all of them first, or only those that are needed.
  /// `moment` has no operands: it is the time that the plan says.
  enum class Order : std::uint8_t { strict, both, either, fallback, choice, moment };
  /// What the result adds to the budget: all of it, the slots of a list of its operands, or nothing.
  enum class Makes : std::uint8_t { value, slots, nothing };
  using Apply = bool (*)(std::span<Value> operands, Value& out, Budget& budget, std::string& problem);

  std::string_view name;
  std::uint8_t least, most;    ///< number of operands; kAnyNumber: no maximum
  OperandKind first, further;  ///< the kind of the first operand, and of each one after it
  ResultType result;
  std::string_view usage;  ///< "replace(text, old, new)"; for an operator, its sign
  Apply apply;             ///< operands have the declared kinds and may be moved from; returns false and sets `problem`
  Order order = Order::strict;
  Makes makes = Makes::value;

  static constexpr std::uint8_t kAnyNumber = 255;
  OperandKind operand(std::size_t number) const { return number == 0 ? first : further; }
  bool is_operator() const { return usage == name; }
};

/// Null if there is no function of that name, or no such operator.
const Function* find_function(std::string_view name);
const Function& operator_function(std::string_view name, std::size_t operands);
/// What makes the list `[a, b]`, and the map `{a: 1}` of keys and values in turn.
const Function& list_literal();
const Function& map_literal();
std::vector<std::string> function_names();

/// "a number", "text or a path", ...: completes "takes".
std::string_view operand_phrase(OperandKind operand);
/// Whether a value of that kind, or of that declared type, may be such an operand.
bool takes_kind(OperandKind operand, Value::Kind kind);
bool takes_type(OperandKind operand, Type type);

/// The order of two values: numbers by value, text and paths bytewise. Other values have only equality, as `==`
/// compares them.
bool same_value(const Value& a, const Value& b, bool& comparable);

}  // namespace ropewalk
