#pragma once
// Expressions and values in a form that is equal for equal ones. Pure; any thread.

#include "expressions/expression.hpp"

#include <ropewalk/value.hpp>

#include <string>

namespace ropewalk {

/// A list that is shared is equal to itself only, and a range to one with the same ends: their elements are not looked
/// at.
void append_signature(std::string& out, const Value& value);

/// What an expression comes to: its tree, since the same words can name two variables.
void append_expression(std::string& out, const Expression& expression);

}  // namespace ropewalk
