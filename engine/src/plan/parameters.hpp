#pragma once
// How the parameters of a stage's tasks are made: those that are the same for all tasks once per stage, the
// varying ones per task, both converted to the declared types.

#include "plan/scope.hpp"

#include <ropewalk/error.hpp>
#include <ropewalk/value.hpp>

#include <cstdint>
#include <span>
#include <vector>

namespace ropewalk {

/// Positions are those of the task type's declaration. A null value means absent. Immutable; any thread.
struct Parameters {
  virtual ~Parameters() = default;
  /// Positions whose values read `item` or `index`, ascending.
  virtual std::span<const std::uint32_t> varying() const = 0;
  /// All positions; varying ones are null. Reads params and results of ended stages. An error has an R code.
  virtual Result<std::vector<Value>> constants(const Scope& scope) const = 0;
  /// The values of varying(), in its order. An error's message becomes the task's: it holds nothing that
  /// differs between executors.
  virtual Result<void> make(const Scope& scope, std::span<Value> values) const = 0;
};

}  // namespace ropewalk
