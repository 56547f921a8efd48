#pragma once
// The value of an expression in a scope. Allocates nothing but the value itself: it runs once per task.

#include "expressions/budget.hpp"
#include "expressions/expression.hpp"
#include "plan/scope.hpp"

#include <ropewalk/value.hpp>

#include <string>

namespace ropewalk {

/// Returns false and sets `problem`, whose text is the same on every run. Results of a stage are visited one by one,
/// and only the parts that the expression reads are kept.
bool evaluate(const Expression& expression, const Scope& scope, Value& out, std::string& problem);

/// The same within a budget that several expressions share, such as those of one text.
bool evaluate(const Expression& expression, const Scope& scope, Value& out, Budget& budget, std::string& problem);

/// The same for an expression that is not evaluated again: its literals are moved, not copied.
bool consume(Expression& expression, const Scope& scope, Value& out, Budget& budget, std::string& problem);

/// Appends a value to text: true, 5, 1.0, text and paths unchanged. Returns false for types without such a form.
bool append_as_text(std::string& out, const Value& value);

}  // namespace ropewalk
