#pragma once
// `reads`, `writes` and `inputs` of a stage, compiled. Used by the planner, on one thread; what comes out is immutable.

#include "expressions/resolve_context.hpp"
#include "expressions/stage_vars.hpp"
#include "plan/files.hpp"
#include "workflow/document.hpp"

#include <ropewalk/plan.hpp>

#include <memory>

namespace ropewalk {

/// `names` has the task's item and vars. Null: the stage declares no file, or a diagnostic is told.
std::shared_ptr<const Files> compile_files(const StageForm& stage, const ResolveContext& names,
                                           std::shared_ptr<const StageVars> vars);

FileCheck compile_file_check(const StageForm& stage, const ResolveContext& names);

}  // namespace ropewalk
