#pragma once
// The `outputs` and the `if` of a stage, compiled. Used by the planner, on one thread; the results are immutable.

#include "plan/condition.hpp"
#include "expressions/resolve_context.hpp"
#include "plan/outputs.hpp"
#include "expressions/stage_vars.hpp"
#include "workflow/document.hpp"

#include <cstdint>
#include <memory>
#include <set>

namespace ropewalk {

/// `names` has the task's item, vars and result. Null: there are no outputs, or a diagnostic was reported.
std::shared_ptr<const Outputs> compile_outputs(const StageForm& stage, const TaskDescription* type,
                                               std::string_view task, const ResolveContext& names,
                                               std::shared_ptr<const StageVars> vars);

struct CompiledCondition {
  std::shared_ptr<const Condition> condition;  ///< null: there is none, or a diagnostic was reported
  std::set<std::uint32_t> reads;
};
CompiledCondition compile_condition(const StageForm& stage, const ResolveContext& names);

}  // namespace ropewalk
