#pragma once
// The value of an expression in a scope. Allocates nothing but the value itself: it runs once per task.

#include "plan/expression.hpp"
#include "plan/scope.hpp"

#include <ropewalk/value.hpp>

#include <string>

namespace ropewalk {

/// false: `problem` says why there is no value, in words that are the same on every run. Results of a stage are
/// read by visiting them, and of each only what the expression wants is kept.
bool evaluate(const Expression& expression, const Scope& scope, Value& out, std::string& problem);

/// A value within text: true, 5, 1.0, text and paths as they are. false for what has no such form.
bool append_as_text(std::string& out, const Value& value);

}  // namespace ropewalk
