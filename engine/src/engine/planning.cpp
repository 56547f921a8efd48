// The part of Engine that needs the planner.

#include <ropewalk/codes.hpp>
#include <ropewalk/engine.hpp>

#include <unistd.h>

namespace ropewalk {

Result<Plan> Engine::plan(const Workflow& workflow, const PlanOptions& options) {
  Result<Plan> plan = make_plan(workflow, *this, options);
  if (plan && ::access("/proc/self/stat", F_OK) != 0)
    plan->warnings.push_back(
        {codes::kNoProcFiles,
         "/proc is not mounted: processes that tasks leave behind cannot be found and killed, and the memory and "
         "CPU time of hosts are not measured, so `limits.memory` and `limits.cpu_time` may not hold",
         {},
         {"mount it: mount -t proc proc /proc"}});
  return plan;
}

Result<Plan> Engine::plan(const WorkflowSpec& spec, const PlanOptions& options) {
  const Result<Workflow> workflow = make_workflow(spec);
  return workflow ? plan(*workflow, options) : workflow.error();
}

}  // namespace ropewalk
