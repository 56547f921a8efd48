#pragma once
// What tells the tasks of a stage apart over time: a hash of plugin, task type and parameters. A task whose key has
// changed is another task. Driven by the stage, on the run's thread.
//
// A key is recorded, so nothing secret goes into it: a short secret could be found by trying. Where a secret may be in
// the parameters, the key is made of what they are made of instead: the text of the stage, the params that are not
// secret and the item, each with its secrets hidden.

#include "base/huge_pages.hpp"
#include "executors/executor.hpp"
#include "run/stage_context.hpp"

#include <ropewalk/value.hpp>

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
  /// Computes the key of a task that is about to be dispatched; only if the run wants keys. `item`: null if nothing of
  /// the task depends on it.
  void set(const Deal& task, const Value* item);
  /// Whether a key is made of the task's item even where no parameter is.
  bool needs_items() const { return wanted_ && hashes_items_; }
  /// Nothing: the run wants no keys, or the task can have none. 0: the task has not been dispatched.
  std::optional<std::uint64_t> of(std::uint64_t index) const {
    return wanted_ ? std::optional(keys_[index]) : std::nullopt;
  }

 private:
  void open_secret(const StageContext& context);

  bool wanted_ = false;
  const Redaction* redaction_ = nullptr;  // of a stage with secrets; else null
  std::uint64_t stage_key_ = 0;           // of its plugin, task type and constants
  bool varies_ = false, hashes_items_ = false;
  std::vector<std::uint64_t, HugePages<std::uint64_t>> keys_;  // by index, if they are wanted
};

}  // namespace ropewalk
