#include "executors/host_slot.hpp"

#include "hosts/process_use.hpp"

#include <algorithm>

namespace ropewalk {

HostSlot::HostSlot(HostProcess& leased, SlotKind kind_of_slot, std::int64_t now_ns)
    : host(&leased),
      kind(kind_of_slot),
      leased_ns(now_ns),
      max_inline_params(leased.key()->layout().max_inline_params()),
      life(now_ns) {
  for (board::Dealer& dealer : leased.lanes()) {
    fresh = fresh && dealer.done() == 0;
    lanes.push_back({.dealer = &dealer, .starts_reported = dealer.done(), .dropped_logs = dealer.dropped_logs()});
  }
}

std::size_t HostSlot::busy_workers() const {
  return static_cast<std::size_t>(
      std::count_if(lanes.begin(), lanes.end(), [](const Lane& lane) { return lane.dealer->in_flight() != 0; }));
}

std::size_t HostSlot::running_tasks() const {
  return static_cast<std::size_t>(
      std::count_if(lanes.begin(), lanes.end(), [](const Lane& lane) { return lane.dealer->busy(); }));
}

/// Its workers are threads beside the main one, which has loaded the plugin, unless it was forked for one task. Workers
/// that have served an earlier stage have waited there too.
void HostSlot::note_wait() {
  const pid_t pid = host->pid();
  if (pid == 0 || !fresh) return;
  wait_at_kill_ns = host->forked() ? process_run_delay_ns(pid) : other_threads_run_delay_ns(pid);
}

std::uint64_t HostSlot::items_taken() const {
  std::uint64_t taken = 0;
  for (const Lane& lane : lanes) taken += lane.dealer->done() + lane.dealer->in_flight();
  return taken;
}

}  // namespace ropewalk
