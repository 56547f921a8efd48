#pragma once
// How the parameters of a stage's tasks are made: those that are the same for all tasks once per stage, the
// varying ones per task, both converted to the declared types.

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
  std::optional<Value> value;             ///< null in it: absent
  std::vector<std::uint32_t> reads = {};  ///< without a value: stages whose results it is made of; empty: of its item
  bool secret = false;                    ///< an expression has made it of a secret: not to be shown
};

/// Positions are those of the task type's declaration. A null value means absent. Immutable; any thread.
struct Parameters {
  virtual ~Parameters() = default;
  /// Positions whose values read `item` or `index`, ascending.
  virtual std::span<const std::uint32_t> varying() const = 0;
  /// All positions; varying ones are null. Reads params and results of ended stages. An error has an R code.
  virtual Result<std::vector<Value>> constants(const Scope& scope) const = 0;
  /// The values of varying(), in its order. False: `problem` becomes the task's message, and holds nothing that
  /// differs between executors.
  virtual bool make(const Scope& scope, std::span<Value> values, std::string& problem) const = 0;
  /// The same where all of them are ints that are there and stand in `item` or `index` itself, as those of a million
  /// short tasks do. False: ask make().
  virtual bool ints(const Scope& /*scope*/, std::span<std::int64_t> /*values*/) const { return false; }
  /// All positions of one task before any stage has ended: what reads results, or the item where the scope has none,
  /// is left open. An error is that of constants() or make().
  virtual Result<std::vector<KnownParameter>> known(const Scope& scope) const = 0;
};

}  // namespace ropewalk
