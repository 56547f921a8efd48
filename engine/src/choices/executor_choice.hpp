#pragma once
// How a stage is carried out: its executor, workers and on_error, from the stage, the defaults, the task type and the
// options of the plan. Used by the planner, on one thread; knows executors by their rows only.

#include "expressions/resolve_context.hpp"
#include "workflow/document.hpp"

#include <ropewalk/plan.hpp>

#include <string>
#include <utility>
#include <vector>

namespace ropewalk {

/// PlanOptions::executors after their names are checked. Messages name them as `inputs` does.
class ExecutorOptions {
 public:
  ExecutorOptions(const std::vector<std::pair<std::string, std::string>>& options, const InputNames& inputs,
                  const KnownStages& stages, Diagnostics& diagnostics);
  /// The one for a stage by name before the one for all; among equals the last. Empty: none.
  std::string of(std::string_view stage) const;

 private:
  std::vector<std::pair<std::string, std::string>> options_;
};

/// What named a stage's executor.
enum class ChosenBy { option, file, task_type, nobody };

/// Fills executor, workers, per_host and on_error of `planned`, whose name is set. `type` may be null.
ChosenBy place_stage(const StageForm& stage, const TaskDescription* type, const std::string& task,
                     const ResolveContext& names, const PlanOptions& options, const ExecutorOptions& executors,
                     PlannedStage& planned, std::vector<Error>& warnings);

/// Reports invalid values of `defaults`, also those that no stage uses.
void check_placing_defaults(const ResolveContext& names, const ExecutorOptions& executors);

}  // namespace ropewalk
