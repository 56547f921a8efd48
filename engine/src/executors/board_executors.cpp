#include "executors/board_executors.hpp"

#include <ropewalk/codes.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace ropewalk {

Result<std::unique_ptr<Executor>> BoardExecutors::open(const PlannedStage& stage, StageSetting setting) {
  const ExecutorKind* executor = find_executor(stage.executor);
  if (executor == nullptr) return Error{codes::kNoHost, fmt::format("there is no executor '{}'", stage.executor)};
  const std::uint32_t workers = std::max(setting.workers, 1u);
  const Placement placement = placement_of(*executor, workers, std::clamp(stage.per_host, 1u, workers));
  return std::unique_ptr<Executor>(new BoardExecutor(pool_, stage, placement, std::move(setting), share_, rules_));
}

std::vector<std::string> BoardExecutors::finish() {
  std::vector<std::string> warnings;
  for (const auto& [stage, failures] : pool_.take_close_failures(rules_.closes)) {
    if (failures.hung != 0)
      warnings.push_back(fmt::format("stage '{}': close() of its task type did not return within 2 s in {} host{}",
                                     stage, failures.hung, failures.hung == 1 ? "" : "s"));
    if (failures.died != 0)
      warnings.push_back(fmt::format("stage '{}': {} host{} died in close() of its task type; the last one {}", stage,
                                     failures.died, failures.died == 1 ? "" : "s", failures.how));
  }
  return warnings;
}

}  // namespace ropewalk
