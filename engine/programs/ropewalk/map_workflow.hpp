#pragma once
// Converts a command line of `ropewalk map` to a workflow with one stage. Checks only errors that are
// specific to the command line; the planner checks the rest. Knows no engine.

#include "options.hpp"

#include <ropewalk/error.hpp>
#include <ropewalk/plan.hpp>
#include <ropewalk/plugin.hpp>
#include <ropewalk/report_observers.hpp>
#include <ropewalk/value.hpp>
#include <ropewalk/workflow_spec.hpp>

#include <string>

namespace ropewalk::cli {

/// The name of the stage and of the workflow.
inline constexpr const char* kMapName = "map";

/// `type`: the task type; null if it cannot be found, which the planner reports.
Result<WorkflowSpec> map_workflow(const Options& options, const TaskDescription* type);

/// Returns an Error if the tasks do not use their items, because the place of the item was probably forgotten. --range
/// may repeat a command.
Result<void> check_items_are_used(const Options& options, const PlannedStage& stage);

/// How results are printed. Returns an Error if they do not have the field that --print names. For shell.run the field
/// is stdout. Output of commands and bytes are printed unchanged.
Result<ResultReportStyle> printed_style(const Options& options, const TaskDescription& type);

}  // namespace ropewalk::cli
