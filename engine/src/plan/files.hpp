#pragma once
// The files that the tasks of a stage declare: `reads` and `writes`. Their paths are made as parameters are, when a
// task is dispatched.

#include "plan/scope.hpp"

#include <ropewalk/events.hpp>

#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace ropewalk {

/// Immutable; any thread.
struct Files {
  virtual ~Files() = default;
  /// Whether a task's paths depend on its item or index.
  virtual bool reads_task() const = 0;
  /// Stages whose results the paths are made of.
  virtual const std::set<std::uint32_t>& reads() const = 0;
  /// The paths that a task declares in one role, in the order of the workflow. False: they cannot be made; `problem`
  /// becomes the task's message, so it contains nothing that differs between executors.
  virtual bool make(const Scope& scope, FileRole role, std::vector<std::string>& paths, std::string& problem) const = 0;
};

}  // namespace ropewalk
