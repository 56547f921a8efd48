#pragma once
// The parameters of a stage's tasks. Constant parameters are made once per stage, varying ones once per task; both are
// converted to their declared types.

#include "plan/scope.hpp"

#include <ropewalk/error.hpp>
#include <ropewalk/value.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace ropewalk {

/// A parameter of one task, as far as it is known before the run.
struct KnownParameter {
  std::optional<Value> value;             ///< contains null: absent
  std::vector<std::uint32_t> reads = {};  ///< without a value: stages that it reads; empty: the item
  bool secret = false;                    ///< derived from a secret by an expression; must not be shown
};

/// Positions are those of the task type's declaration. A null value means absent. Immutable; any thread.
struct Parameters {
  virtual ~Parameters() = default;
  /// Positions whose values read `item` or `index`, ascending.
  virtual std::span<const std::uint32_t> varying() const = 0;
  /// Values for all positions; varying ones are null. Reads params and results of ended stages. An error has an R code.
  virtual Result<std::vector<Value>> constants(const Scope& scope) const = 0;
  /// Computes the values of varying(), in its order. Returns false on failure; `problem` becomes the task's message, so
  /// it contains nothing that differs between executors.
  virtual bool make(const Scope& scope, std::span<Value> values, std::string& problem) const = 0;
  /// Fast path for a million short tasks: all varying parameters are present ints taken directly from `item` or
  /// `index`. Returns false if that is not the case; call make() then.
  virtual bool ints(const Scope& /*scope*/, std::span<std::int64_t> /*values*/) const { return false; }
  /// All positions of one task before any stage has ended. Parameters that read results, or the item if the scope has
  /// none, have no value. Errors are those of constants() and make().
  virtual Result<std::vector<KnownParameter>> known(const Scope& scope) const = 0;
};

}  // namespace ropewalk
