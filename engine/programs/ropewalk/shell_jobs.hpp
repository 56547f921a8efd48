#pragma once
// The commands of shell.run tasks as a shell takes them, and how they ended, for --joblog. Evaluates the parameter argv
// again, as far as it does not read the results of other stages. Secrets are hidden. Runs nothing.

#include "options.hpp"

#include <ropewalk/plan.hpp>
#include <ropewalk/record.hpp>
#include <ropewalk/report_observers.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace ropewalk::cli {

/// The command of a task of shell.run, as a shell takes it, on one line. Empty if it is not known before the task runs.
/// `item`: null if the stage has no `foreach`.
std::string command_line(const Plan& plan, const PlannedStage& stage, std::uint64_t index, const Value* item,
                         std::string_view run_id);

/// Of a run of this plan, which must outlive the function.
JoblogJobOf shell_jobs(const Plan& plan);

/// Of a recorded run. Its workflow is planned again; of a stage that cannot be, nothing is known.
JoblogJobOf shell_jobs(const Record& record, const Options& options);

}  // namespace ropewalk::cli
