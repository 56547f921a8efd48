#include "executors/task_dealer.hpp"

#include <utility>

namespace ropewalk {

TaskDealer::Dealt TaskDealer::deal_as_blob(HostSlot& slot, Lane& lane, const Deal& deal) {
  if (lane.dealer->free_slots() == 0 || slot.host->congested()) return Dealt::lane_full;
  LargeParams large{std::string(deal.params), {deal.blobs.begin(), deal.blobs.end()}};
  const std::uint64_t blob = slot.host->send_params(large.params, large.blobs);
  if (blob == 0) return slot.host->dead() ? Dealt::lane_full : Dealt::no_memory;
  large_params_.insert_or_assign(deal.task, std::move(large));
  const auto size = static_cast<std::uint32_t>(deal.params.size());
  return lane.dealer->deal_blob(deal.task, deal.attempt, slot.stage, blob, size) ? Dealt::yes : Dealt::lane_full;
}

WaitingAttempt TaskDealer::waiting(const board::Item& item, std::string_view params, bool begun) {
  WaitingAttempt waiting{.task = item.task, .attempt = item.attempt, .begun = begun};
  if (item.blob == 0) {
    waiting.params = params;
    return waiting;
  }
  const LargeParams& large = large_params_[item.task];
  waiting.params = large.params;
  waiting.blobs = large.blobs;
  return waiting;
}

void TaskDealer::take_back(Lane& lane) {
  lane.dealer->take_back(lane.dealer->in_flight(), [&](const board::Item& item, std::string_view params) {
    backlog_.put_back(waiting(item, params), AttemptState::dealt, AttemptState::queued);
  });
}

void TaskDealer::take_all_back(HostSlot& slot) {
  if (stopped_) return;
  for (Lane& lane : slot.lanes) take_back(lane);
}

void TaskDealer::take_all_back() {
  for (const std::unique_ptr<HostSlot>& slot : slots_)
    if (!slot->host->dead()) take_all_back(*slot);
}

std::uint32_t TaskDealer::take_first_back(Lane& lane, std::uint32_t items) {
  return lane.dealer->take_back(items, [&](const board::Item& item, std::string_view params) {
    backlog_.put_back(waiting(item, params), AttemptState::dealt, AttemptState::queued, Backlog::Order::first);
  });
}

void TaskDealer::retire(HostSlot& slot) {
  if (!slots_.retire(slot)) return;
  take_all_back(slot);
  slots_.end_if_idle(slot);
}

}  // namespace ropewalk
