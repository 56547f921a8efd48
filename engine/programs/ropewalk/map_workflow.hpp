#pragma once
// The workflow of one stage that a command line of `ropewalk map` stands for, as text. Knows no engine; it checks what
// only a command line can have wrong and leaves the rest to the planner.

#include "options.hpp"
#include "report/result_printer.hpp"

#include <ropewalk/error.hpp>
#include <ropewalk/plan.hpp>
#include <ropewalk/plugin.hpp>
#include <ropewalk/value.hpp>

#include <string>

namespace ropewalk::cli {

/// The stage's name, and the workflow's.
inline constexpr const char* kMapName = "map";

/// `type`: the task type; null if it cannot be found, which the planner says.
Result<std::string> map_workflow(const Options& options, const TaskType* type);

/// An Error if each task would do the same with a list of items: it is forgotten where the item belongs. --range may
/// repeat a command.
Result<void> check_items_are_used(const Options& options, const PlannedStage& stage);

/// How results are printed. An Error if they have no such field as --print names. Of shell.run it is stdout, and what a
/// command wrote is left as it is; so are bytes.
Result<ResultPrinter::Style> printed_style(const Options& options, const TaskType& type);

}  // namespace ropewalk::cli
