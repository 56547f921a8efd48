#pragma once
// The `outputs` of a stage: additional result fields, evaluated in the engine when a task has succeeded.

#include "plan/scope.hpp"

#include <ropewalk/error.hpp>
#include <ropewalk/plugin.hpp>
#include <ropewalk/value.hpp>

#include <span>
#include <vector>

namespace ropewalk {

/// Immutable; any thread.
struct Outputs {
  virtual ~Outputs() = default;
  virtual const std::vector<Field>& fields() const = 0;
  /// Computes the values of fields(), in its order. `scope` has the task's item, index and result. An error's message
  /// becomes the task's message, so it contains nothing that differs between executors.
  virtual Result<void> make(const Scope& scope, std::span<Value> values) const = 0;
};

}  // namespace ropewalk
