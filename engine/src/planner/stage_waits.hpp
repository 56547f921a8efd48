#pragma once
// Which stages must have ended, and how, before a stage starts. Used by the planner, on one thread.

#include "expressions/resolve_context.hpp"
#include "planner/stage_graph.hpp"
#include "workflow/document.hpp"

#include <ropewalk/plan.hpp>

#include <vector>

namespace ropewalk {

/// Fills `after`, `waits` and `needs` of `stage`, whose name is set.
void set_waits(const StageForm& form, const std::vector<StageGraph::Wait>& waits, const ResolveContext& names,
               PlannedStage& stage);

}  // namespace ropewalk
