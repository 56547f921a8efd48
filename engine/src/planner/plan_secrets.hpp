#pragma once
// The secrets of a plan: values that no message, event or file may show. Used by the planner, on one thread.

#include "workflow/diagnostics.hpp"
#include "workflow/document.hpp"

#include <ropewalk/plan.hpp>

#include <filesystem>
#include <vector>

namespace ropewalk {

/// Collects the values of secret params, and adds the names of the params to the plan. Warns about values that are too
/// short to be hidden inside longer words.
void hide_secret_params(const Document& document, const Map& values, const std::filesystem::path& file,
                        Diagnostics& diagnostics, Plan& plan);

/// Collects the values of secret parameters that are known now and equal for all tasks.
void hide_secret_parameters(const Plan& plan, Diagnostics& diagnostics);

/// Sets PlannedStage::uses_secrets, and leaves the names of secret params out of the definitions. After everything else
/// of the stages.
void mark_secret_stages(Plan& plan);

}  // namespace ropewalk
