#pragma once
// Text forms of expressions and values that are equal for equal ones. Pure; any thread.

#include "expressions/expression.hpp"

#include <ropewalk/value.hpp>

#include <string>

namespace ropewalk {

/// A shared list equals only itself, and a range equals a range with the same ends. Their elements are not visited.
void append_signature(std::string& out, const Value& value);

/// The resolved tree of an expression, because the same text can name different variables.
void append_expression(std::string& out, const Expression& expression);

}  // namespace ropewalk
