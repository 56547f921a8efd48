#include "planner/stage_choice.hpp"

#include "base/suggest.hpp"
#include "base/text.hpp"

#include <ropewalk/codes.hpp>

#include <fmt/format.h>

namespace ropewalk {

std::vector<std::uint32_t> stages_with_what_they_need(const std::vector<std::string>& names, const KnownStages& stages,
                                                      const StageGraph& graph, const InputNames& inputs,
                                                      Diagnostics& diagnostics) {
  std::vector<std::uint32_t> waiting;
  for (const std::string& name : names) {
    if (const auto stage = stages.find(name)) {
      waiting.push_back(*stage);
      continue;
    }
    const std::vector<std::string> all = stages.names();
    diagnostics.add(codes::kUnknownStageOption, {},
                    fmt::format("{1} {0}: there is no stage '{0}'{2}", escape_for_display(name), inputs.stage,
                                did_you_mean(name, all)),
                    {fmt::format("the stages are: {}", fmt::join(all, ", "))});
  }
  std::vector<bool> needed(stages.size());
  while (!waiting.empty()) {
    const std::uint32_t stage = waiting.back();
    waiting.pop_back();
    if (needed[stage]) continue;
    needed[stage] = true;
    // A stage with `finally` waits for all others, but does not need them.
    for (const StageGraph::Wait& wait : graph.waits(stage))
      if (wait.why != StageGraph::Why::finally) waiting.push_back(wait.on);
  }
  std::vector<std::uint32_t> chosen;
  for (std::uint32_t stage = 0; stage < stages.size(); ++stage)
    if (needed[stage]) chosen.push_back(stage);
  return chosen;
}

}  // namespace ropewalk
