#pragma once
// The variables by which libraries and runtimes are told how many threads they may use. Used by the planner, on one
// thread.

#include <ropewalk/plan.hpp>

namespace ropewalk {

/// Sets each variable to `cores`, unless the stage's environment or that of this process has it.
void add_thread_counts(unsigned cores, Environment& environment);

}  // namespace ropewalk
