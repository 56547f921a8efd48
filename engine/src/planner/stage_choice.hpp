#pragma once
// Which stages of a workflow run when only some are asked for.

#include "expressions/known_stages.hpp"
#include "planner/stage_graph.hpp"
#include "workflow/diagnostics.hpp"

#include <ropewalk/input_names.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace ropewalk {

/// The stages of these names with all that they wait for, in the order of the file. An unknown name is a diagnostic,
/// in the words of `inputs`.
std::vector<std::uint32_t> stages_with_what_they_need(const std::vector<std::string>& names, const KnownStages& stages,
                                                      const StageGraph& graph, const InputNames& inputs,
                                                      Diagnostics& diagnostics);

}  // namespace ropewalk
