#include "executors/host_slot.hpp"

#include <algorithm>

namespace ropewalk {

HostSlot::HostSlot(HostProcess& leased, SlotKind kind_of_slot, std::int64_t now_ns)
    : host(&leased),
      kind(kind_of_slot),
      leased_ns(now_ns),
      max_inline_params(leased.key()->layout().max_inline_params()),
      life(now_ns) {
  for (board::Dealer& dealer : leased.lanes())
    lanes.push_back({.dealer = &dealer, .starts_reported = dealer.done(), .dropped_logs = dealer.dropped_logs()});
}

std::size_t HostSlot::busy_workers() const {
  return static_cast<std::size_t>(
      std::count_if(lanes.begin(), lanes.end(), [](const Lane& lane) { return lane.dealer->in_flight() != 0; }));
}

std::size_t HostSlot::running_tasks() const {
  return static_cast<std::size_t>(
      std::count_if(lanes.begin(), lanes.end(), [](const Lane& lane) { return lane.dealer->busy(); }));
}

std::uint64_t HostSlot::items_taken() const {
  std::uint64_t taken = 0;
  for (const Lane& lane : lanes) taken += lane.dealer->done() + lane.dealer->in_flight();
  return taken;
}

}  // namespace ropewalk
