#pragma once
// Which stages of a workflow run when only some are asked for.

#include "expressions/known_stages.hpp"
#include "planner/stage_graph.hpp"
#include "workflow/diagnostics.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace ropewalk {

/// The stages of these names with all that they wait for, in the order of the file. A name that there is not is a diagnostic.
std::vector<std::uint32_t> stages_with_what_they_need(const std::vector<std::string>& names, const KnownStages& stages,
                                                      const StageGraph& graph, Diagnostics& diagnostics);

}  // namespace ropewalk
