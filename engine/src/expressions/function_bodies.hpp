#pragma once
// The bodies that the tables of functions.cpp point to, and their helpers. The evaluator has checked the number and the
// kinds of operands. Pure, except that some read the current folder; any thread.

#include "expressions/functions.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace ropewalk::detail {

using Operands = std::span<Value>;
/// See Function::apply.
using Body = bool(Operands in, Value& out, Budget& budget, std::string& problem);

// operators.cpp
Body negate, invert, multiply, divide, remainder, add, subtract;
Body equal, unequal, less, at_most, greater, at_least;
// list_functions.cpp
Body length, range, join, concat, flatten, minimum, maximum, sum, sort, contains;
Body make_list, make_map;
// text_functions.cpp
Body trim, replace, quote, format, split, lines, match;
Body basename, dirname, stem, extension, absolute_path, relative_path;
// conversion_functions.cpp
Body to_int, to_float, to_text, to_json_text, parse_json, from_base64, round_number;
// date_functions.cpp
Body date_text;

constexpr std::size_t kMaxElements = 1'000'000;  // of a list that a function makes
constexpr std::size_t kLongestPath = 64u << 10;  // bytes of a path that a function splits; no system has longer ones
constexpr const char* kTooLarge = "the number is too large for an int (64 bits)";

inline bool is_text(const Value& value) {
  return value.kind() == Value::Kind::text || value.kind() == Value::Kind::path;
}
inline double number(const Value& value) {
  return value.as_int() ? static_cast<double>(*value.as_int()) : *value.as_float();
}
inline const std::string& text(const Value& value) { return *value.as_string(); }

/// Returns a float, if it is finite.
bool give(Value& out, double value, std::string& problem);
/// append_as_text() within the budget.
bool append_text(std::string& made, const Value& value, Budget& budget, std::string& problem);
/// -1, 0 or 1; nothing if the values have no order.
std::optional<int> order_of(const Value& a, const Value& b);
/// Sets the problem. Always returns false.
bool not_comparable(const Value& a, const Value& b, std::string& problem);

}  // namespace ropewalk::detail
