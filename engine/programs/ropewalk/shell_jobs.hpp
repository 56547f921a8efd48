#pragma once
// The commands of shell.run tasks as a shell takes them, and how they ended, for --joblog. Evaluates the parameter argv
// again, as far as it does not read the results of other stages. Secrets are hidden. Runs nothing.

#include "options.hpp"

#include <ropewalk/plan.hpp>
#include <ropewalk/record.hpp>
#include <ropewalk/report_observers.hpp>

namespace ropewalk::cli {

/// Of a run of this plan, which must outlive the function.
JoblogJobOf shell_jobs(const Plan& plan);

/// Of a recorded run. Its workflow is planned again; of a stage that cannot be, nothing is known.
JoblogJobOf shell_jobs(const Record& record, const Options& options);

}  // namespace ropewalk::cli
