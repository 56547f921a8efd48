#pragma once
// What a recorded task was given: its workflow planned again from the recorded text and params, and its parameters
// evaluated with the recorded item and results. Runs nothing.

#include "options.hpp"

#include <ropewalk/error.hpp>
#include <ropewalk/history.hpp>
#include <ropewalk/plan.hpp>
#include <ropewalk/record.hpp>
#include <ropewalk/value.hpp>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace ropewalk::cli {

/// The plan of the run, of the stage and those that it waits for. Values of params that were secret are taken from
/// `options`
/// (--set, --set-file, variables). Errors: the workflow's files have changed, a plugin is missing, a secret is not
/// given.
Result<Plan> recorded_plan(const Record& record, const RecordedStage& stage, PluginSource& plugins,
                           const Options& options);

/// The item of the task; empty: it has none. Secrets in it are hidden, unless the items can be listed again.
Result<std::optional<Value>> recorded_item(const Record& record, const Plan& plan, const PlannedStage& planned,
                                           TaskPlace place, const RecordedTask& task);

/// Those of the last attempt, for every position of the task type's declaration; null: absent. `planned`: the stage in
/// `plan` that has the task.
Result<std::vector<Value>> recorded_values(const Record& record, const Plan& plan, const PlannedStage& planned,
                                           TaskPlace place, const RecordedTask& task);

/// Gives a stage the limits, the timeout and the variables that the last attempt of the task had.
Result<void> take_recorded_values(const Plan& plan, const RecordedTask& task, PlannedStage& stage);

/// {name, value} of the parameters that the task had, for people: secrets are hidden. Errors as above, in one message.
Result<std::vector<std::pair<std::string, Value>>> recorded_parameters(const Record& record, TaskPlace place,
                                                                       const RecordedTask& task,
                                                                       const Options& options);

/// Null: the plan has no such stage.
const PlannedStage* planned_stage(const Plan& plan, std::string_view name);

}  // namespace ropewalk::cli
