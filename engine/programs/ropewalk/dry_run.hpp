#pragma once
// Shows what a run of a plan would do, as far as that is known in advance. Lists items, which reads files and folders;
// starts no process and writes no file.

#include <ropewalk/plan.hpp>

#include <string>

namespace ropewalk::cli {

struct DryRun {
  std::string text;
  bool fails = false;  ///< a stage without predecessors is known to fail
};

/// Stages in the order of the file: executor, workers, number of tasks, when it starts, its first three tasks with
/// their parameters. Secrets are hidden.
DryRun dry_run(const Plan& plan);

}  // namespace ropewalk::cli
