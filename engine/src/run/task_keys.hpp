#pragma once
// What tells the tasks of a stage apart over time: a hash of plugin, task type and parameters. A task whose key has
// changed is another task. Driven by the stage, on the run's thread.

#include "executors/executor.hpp"
#include "run/stage_context.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace ropewalk {

class TaskKeys {
 public:
  /// Before anything else, and only if the run wants keys. `setting` has the encoded constant parameters.
  void open(const StageContext& context, const StageSetting& setting);
  /// The stage has so many tasks now.
  void grow(std::uint64_t tasks);
  /// Computes the key of a task that is about to be dispatched; only if the run wants keys.
  void set(const Deal& task);
  /// Nothing: the run wants no keys. 0: the task has not been dispatched.
  std::optional<std::uint64_t> of(std::uint64_t index) const {
    return wanted_ ? std::optional(keys_[index]) : std::nullopt;
  }

 private:
  bool wanted_ = false;
  std::uint64_t stage_key_ = 0;  // of its plugin, task type and constants
  bool varies_ = false;
  std::vector<std::uint64_t> keys_;  // by index, if they are wanted
};

}  // namespace ropewalk
