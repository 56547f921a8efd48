#pragma once
// The functions and operators of expressions: how they are called, what they take and give, and what they do. One
// table for parser, checker and evaluator. Pure; any thread.

#include "expressions/budget.hpp"

#include <ropewalk/value.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ropewalk {

struct Function {
  /// How many operands are looked at: all of them first, or only those that are needed.
  enum class Order : std::uint8_t { strict, both, either, fallback, choice };
  /// What of its result is new to the budget: all of it, the slots of a list of its operands, or nothing.
  enum class Makes : std::uint8_t { value, slots, nothing };
  using Apply = bool (*)(std::span<Value> operands, Value& out, Budget& budget, std::string& problem);

  std::string_view name;
  std::uint8_t least, most;     ///< operands; kAnyNumber: no end
  std::string_view takes;       ///< a letter for each operand, the last for all further ones: see operand_phrase()
  Type gives;                   ///< any: it depends
  bool numeric;                 ///< int if all operands are, else float
  std::string_view usage;       ///< "replace(text, old, new)"; an operator has itself
  Apply apply;                  ///< operands are of the kinds it takes; may be moved from. false: `problem` says why
  Order order = Order::strict;
  Makes makes = Makes::value;

  static constexpr std::uint8_t kAnyNumber = 255;
  char operand(std::size_t number) const { return takes[number < takes.size() ? number : takes.size() - 1]; }
  bool is_operator() const { return usage == name; }
};

/// Nothing: there is none of that name, or no such operator.
const Function* find_function(std::string_view name);
const Function& operator_function(std::string_view name, std::size_t operands);
std::vector<std::string> function_names();

/// "numbers", "text", ... for a letter of Function::takes.
std::string_view operand_phrase(char letter);
/// Whether a value of that kind, or of that declared type, may be such an operand.
bool takes_kind(char letter, Value::Kind kind);
bool takes_type(char letter, Type type);

/// The order of two values: numbers by value, text and paths bytewise. Nothing but equality: what `==` compares.
bool same_value(const Value& a, const Value& b, bool& comparable);

}  // namespace ropewalk
