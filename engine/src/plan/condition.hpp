#pragma once
// The `if` of a stage, evaluated once, when the stages that it needs have ended.

#include "plan/scope.hpp"

#include <ropewalk/error.hpp>

namespace ropewalk {

/// Immutable; any thread.
struct Condition {
  virtual ~Condition() = default;
  /// Reads params, vars and stages that have ended. An error has an R code.
  virtual Result<bool> holds(const Scope& scope) const = 0;
};

}  // namespace ropewalk
