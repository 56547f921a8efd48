#include "executors/stage_time.hpp"

#include "hosts/process_use.hpp"

#include <algorithm>

namespace ropewalk {
namespace {

bool works(const HostSlot& slot) { return slot.host->loaded() && slot.host->pid() != 0; }

}  // namespace

void StageTime::leased(HostSlot& slot, std::int64_t now_ns) {
  const bool starting = !works(slot);
  for (Lane& lane : slot.lanes) lane.time.leased(now_ns, starting);
  slot.cpu_before_ns = starting ? -1 : std::max<std::int64_t>(process_cpu_ns(slot.host->pid()), 0);
}

void StageTime::look(HostSlot& slot) {
  if (slot.cpu_before_ns >= 0 || !works(slot)) return;
  const std::int64_t now_ns = monotonic_ns();
  // Loading the plugin is not the tasks' time. A process that was forked has loaded nothing.
  slot.cpu_before_ns = slot.host->forked() ? 0 : std::max<std::int64_t>(process_cpu_ns(slot.host->pid()), 0);
  for (Lane& lane : slot.lanes) lane.time.came_up(slots_, lane.dealer->in_flight() != 0, now_ns);
}

void StageTime::measured(HostSlot& slot, std::int64_t core_wait_ns, std::int64_t user_ns, std::int64_t system_ns) {
  const auto add = [](std::int64_t& sum, std::int64_t more) {
    sum = std::min(sum + std::clamp<std::int64_t>(more, 0, LaneTime::kMaxNs), LaneTime::kMaxNs);
  };
  add(sums_.core_wait_ns, core_wait_ns);
  add(slot.wait_read_ns, core_wait_ns);
  add(sums_.user_ns, user_ns);
  add(sums_.system_ns, system_ns);
}

/// Returns how long attempts ran that have no end of their own.
std::int64_t StageTime::lose(HostSlot& slot, const CycleClock& clock, std::int64_t now_ns) {
  std::int64_t run_ns = 0;
  for (Lane& lane : slot.lanes) {
    const std::int64_t before_ns = lane.time.unread_ns();
    lane.time.lost(slots_, before_, lane.dealer->busy() ? clock.to_ns(lane.dealer->begun_at()) : 0, now_ns);
    run_ns += lane.time.unread_ns() - before_ns;
    sums_.attempts += lane.dealer->busy();
  }
  return run_ns;
}

void StageTime::died(HostSlot& slot, const CycleClock& clock, std::int64_t now_ns) {
  const std::int64_t run_ns = lose(slot, clock, now_ns);
  if (run_ns == 0) return;
  // The attempts that died with it read no clock. The kernel has counted for the whole process.
  const auto [user_ns, system_ns] = slot.host->cpu_used();
  const std::int64_t before_ns = std::max<std::int64_t>(slot.cpu_before_ns, 0);
  const std::int64_t used_ns = std::clamp<std::int64_t>(user_ns + system_ns - before_ns - slot.cpu_read_ns, 0, run_ns);
  const std::int64_t waited_ns =
      std::clamp<std::int64_t>(slot.wait_at_kill_ns - slot.wait_read_ns, 0, run_ns - used_ns);
  sums_.cpu_ns += used_ns;
  const double user_share = used_ns == 0 ? 0 : static_cast<double>(user_ns) / static_cast<double>(user_ns + system_ns);
  const auto user = static_cast<std::int64_t>(static_cast<double>(used_ns) * user_share);
  measured(slot, waited_ns, user, used_ns - user);
}

void StageTime::left(HostSlot& slot, const CycleClock& clock, std::int64_t now_ns) { lose(slot, clock, now_ns); }

void StageTime::ended_in_tail(std::uint64_t task, std::int64_t from_ns, std::int64_t run_ns) {
  if (!sums_.last || from_ns + run_ns >= sums_.last->ended_ns) sums_.last = {task, run_ns, from_ns + run_ns};
}

ExecutorTimes StageTime::at(std::int64_t now_ns) const {
  ExecutorTimes times = sums_;
  times.slots = slots_.at(now_ns);
  return times;
}

}  // namespace ropewalk
