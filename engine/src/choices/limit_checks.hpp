#pragma once
// Whether a stage's executor can hold its timeout and its limits: what is meant for one task cannot be held, or costs
// others something, where tasks share a process. Used by the planner, on one thread.

#include "expressions/resolve_context.hpp"
#include "choices/executor_choice.hpp"
#include "workflow/document.hpp"

#include <ropewalk/input_names.hpp>
#include <ropewalk/plan.hpp>

#include <vector>

namespace ropewalk {

/// Reports limits that cannot be held, and warns of those that are held for a host as a whole. `planned` has its
/// executor and its rules. `chosen` is what named that executor; messages name it as `inputs` does.
void check_holding(const StageForm& stage, const PlannedStage& planned, ChosenBy chosen, const ResolveContext& names,
                   const InputNames& inputs, std::vector<Error>& warnings);

}  // namespace ropewalk
