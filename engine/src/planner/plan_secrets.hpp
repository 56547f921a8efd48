#pragma once
// The secrets of a plan: values that no message, event or file may show. Used by the planner, on one thread.

#include "workflow/diagnostics.hpp"
#include "workflow/document.hpp"

#include <ropewalk/plan.hpp>

#include <filesystem>
#include <vector>

namespace ropewalk {

/// Of the params that are declared as secret, whose names it adds to the plan. Warns of each that is too short to be
/// hidden inside longer words.
void hide_secret_params(const Document& document, const Map& values, const std::filesystem::path& file,
                        Diagnostics& diagnostics, Plan& plan);

/// Of what task types declare as secret, as far as it is the same for all tasks and known now.
void hide_secret_parameters(const Plan& plan, Diagnostics& diagnostics);

}  // namespace ropewalk
