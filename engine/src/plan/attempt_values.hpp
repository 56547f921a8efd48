#pragma once
// What an attempt has of its own where its stage makes limits, timeout or variables of `attempt` or `previous`.

#include "plan/scope.hpp"

#include <ropewalk/plan.hpp>

#include <cstdint>
#include <string>

namespace ropewalk {

/// Plain data.
struct AttemptValues {
  Limits limits = {};
  std::int64_t timeout_ns = 0;  ///< 0: none
  Environment env = {};

  bool operator==(const AttemptValues&) const = default;
};

/// Immutable; any thread.
struct VaryingAttempt {
  virtual ~VaryingAttempt() = default;
  /// Changes what the attempt of the scope has of its own; `values` begins as those of the stage, which are those of a
  /// first attempt. False: it cannot be made; `problem` becomes the task's message, so it contains nothing that differs
  /// between executors.
  virtual bool make(const Scope& scope, AttemptValues& values, std::string& problem) const = 0;
};

}  // namespace ropewalk
