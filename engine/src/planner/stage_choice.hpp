#pragma once
// Which stages of a workflow run if only some are requested.

#include "expressions/known_stages.hpp"
#include "planner/stage_graph.hpp"
#include "workflow/diagnostics.hpp"

#include <ropewalk/input_names.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace ropewalk {

/// The stages with these names and all stages that they wait for, in the order of the file. Reports unknown names, and
/// names their input as `inputs` does.
std::vector<std::uint32_t> stages_with_what_they_need(const std::vector<std::string>& names, const KnownStages& stages,
                                                      const StageGraph& graph, const InputNames& inputs,
                                                      Diagnostics& diagnostics);

}  // namespace ropewalk
