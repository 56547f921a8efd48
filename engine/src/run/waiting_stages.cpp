#include "run/waiting_stages.hpp"

#include <algorithm>

namespace ropewalk {

WaitingStages::WaitingStages(const Plan& plan)
    : stages_(plan.stages.size()), ranks_(plan.stages.size()), waiting_(plan.stages.size()) {
  for (std::uint32_t number = 0; number < stages_.size(); ++number) {
    const PlannedStage& planned = plan.stages[number];
    for (const std::uint32_t needed : planned.needs) stages_[needed].on_end.push_back(number);
    if (planned.streams_from) stages_[*planned.streams_from].on_start.push_back(number);
    stages_[number].unmet = static_cast<std::uint32_t>(planned.needs.size()) + (planned.streams_from ? 1 : 0);
  }
  if (plan.jobs != 0) set_ranks();
  for (std::uint32_t number = 0; number < stages_.size(); ++number)
    if (stages_[number].unmet == 0) ready_.emplace(ranks_[number], number);
}

/// The longest way to a stage, as a negative number: what is far down comes first.
void WaitingStages::set_ranks() {
  std::vector<std::uint32_t> unmet(stages_.size()), next;
  for (std::uint32_t number = 0; number < stages_.size(); ++number) {
    unmet[number] = stages_[number].unmet;
    if (unmet[number] == 0) next.push_back(number);
  }
  while (!next.empty()) {
    const std::uint32_t number = next.back();
    next.pop_back();
    const auto reach = [&](std::uint32_t other) {
      ranks_[other] = std::min(ranks_[other], ranks_[number] - 1);
      if (--unmet[other] == 0) next.push_back(other);
    };
    for (const std::uint32_t other : stages_[number].on_end) reach(other);
    for (const std::uint32_t other : stages_[number].on_start) reach(other);
  }
}

std::optional<std::uint32_t> WaitingStages::next() const {
  return ready_.empty() ? std::nullopt : std::optional(ready_.begin()->second);
}

void WaitingStages::met(std::uint32_t stage) {
  if (--stages_[stage].unmet == 0 && stages_[stage].waiting) ready_.emplace(ranks_[stage], stage);
}

void WaitingStages::started(std::uint32_t number) {
  Stage& stage = stages_[number];
  if (!stage.waiting) return;
  stage.waiting = false;
  --waiting_;
  ready_.erase({ranks_[number], number});
  for (const std::uint32_t other : stage.on_start) met(other);
}

void WaitingStages::ended(std::uint32_t number) {
  started(number);
  for (const std::uint32_t other : stages_[number].on_end) met(other);
}

}  // namespace ropewalk
