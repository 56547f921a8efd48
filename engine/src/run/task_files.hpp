#pragma once
// The files that the tasks of a stage declare, of those tasks that are dispatched: which they are, and how they were
// found. Driven by the stage, on the run's thread. Costs nothing where the run is not recorded.

#include "plan/files.hpp"
#include "run/stage_context.hpp"

#include <ropewalk/events.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace ropewalk {

class TaskFiles {
 public:
  /// Borrows the stage. Before anything else, and only if the run wants files.
  void open(const StageContext& context) { files_ = context.stage.files.get(); }
  bool wanted() const { return files_ != nullptr; }
  bool needs_items() const { return files_ != nullptr && files_->reads_task(); }

  /// Makes the paths of a task that is about to be dispatched, and looks at what it reads. False: `problem`.
  bool take(const Scope& scope, std::string& problem);
  /// Looks at what a task has written.
  void look_at_written(std::uint64_t index);
  /// Valid until forget().
  std::span<const TaskFile> of(std::uint64_t index) const;
  void forget(std::uint64_t index) { tasks_.erase(index); }
  void release() { tasks_ = {}; }

 private:
  struct Task {
    std::vector<std::string> paths;
    std::vector<TaskFile> files;  // as paths, into which they lead
  };
  const Files* files_ = nullptr;
  std::unordered_map<std::uint64_t, Task> tasks_;  // by index
};

}  // namespace ropewalk
