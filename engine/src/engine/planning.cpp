// The part of Engine that needs the planner.

#include <ropewalk/engine.hpp>

namespace ropewalk {

Result<Plan> Engine::plan(const Workflow& workflow, const PlanOptions& options) { return make_plan(workflow, *this, options); }

}  // namespace ropewalk
