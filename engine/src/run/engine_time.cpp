#include "run/engine_time.hpp"

namespace ropewalk {

void EngineTime::stage_started(std::uint32_t stage) {
  read();
  stages_.emplace(stage, Share());
}

std::optional<std::int64_t> EngineTime::stage_ended(std::uint32_t stage) {
  read();
  const auto found = stages_.find(stage);
  if (found == stages_.end()) return std::nullopt;
  const double cpu_ns = found->second.cpu_ns;
  stages_.erase(found);
  return read_ns_ ? std::optional(static_cast<std::int64_t>(cpu_ns)) : std::nullopt;
}

void EngineTime::read() {
  const std::optional<std::int64_t> now_ns = machine_.engine_cpu_ns();
  std::int64_t turns_ns = 0;
  for (const auto& [stage, share] : stages_) turns_ns += share.turns_ns;
  const double used_ns = now_ns && read_ns_ ? static_cast<double>(*now_ns - *read_ns_) : 0;
  for (auto& [stage, share] : stages_) {
    if (turns_ns > 0) share.cpu_ns += used_ns * static_cast<double>(share.turns_ns) / static_cast<double>(turns_ns);
    share.turns_ns = 0;
  }
  read_ns_ = now_ns;
}

}  // namespace ropewalk
