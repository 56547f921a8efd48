#pragma once
// The value of an expression in a scope. Allocates nothing but the value itself: it runs once per task.

#include "expressions/budget.hpp"
#include "expressions/expression.hpp"
#include "plan/scope.hpp"

#include <ropewalk/value.hpp>

#include <string>

namespace ropewalk {

/// false: `problem` says why there is no value, in words that are the same on every run. Results of a stage are
/// read by visiting them, and of each only what the expression wants is kept.
bool evaluate(const Expression& expression, const Scope& scope, Value& out, std::string& problem);

/// The same within a budget that expressions share, as those of one text do.
bool evaluate(const Expression& expression, const Scope& scope, Value& out, Budget& budget, std::string& problem);

/// The same for an expression that nobody evaluates again: its literals are moved, not copied.
bool consume(Expression& expression, const Scope& scope, Value& out, Budget& budget, std::string& problem);

/// A value within text: true, 5, 1.0, text and paths as they are. false for what has no such form.
bool append_as_text(std::string& out, const Value& value);

}  // namespace ropewalk
