#include "planner/baselines.hpp"

#include "plan/executor_table.hpp"

#include <string_view>
#include <unordered_map>

namespace ropewalk {

std::string signature_of(const Environment& env) {
  std::string signature;
  for (const auto& [name, value] : env) (signature += name) += '=', append_json_string(signature, value);
  return signature;
}

void find_baselines(std::vector<PlannedStage>& stages, const std::vector<std::string>& signatures) {
  std::unordered_map<std::string_view, std::uint32_t> baselines;
  for (std::uint32_t i = 0; i < stages.size(); ++i) {
    if (signatures[i].empty()) continue;
    const ExecutorKind* executor = find_executor(stages[i].executor);
    if (executor != nullptr && !executor->parallel)
      baselines[signatures[i]] = i;
    else if (const auto found = baselines.find(signatures[i]); found != baselines.end())
      stages[i].baseline = found->second;
  }
}

}  // namespace ropewalk
