// The part of BoardExecutor for what is short: hosts that have little room left for further tasks, tasks that found no
// room to begin, and stages that go on with fewer hosts than they were given.

#include "executors/board_executor.hpp"
#include "hosts/process_use.hpp"

#include <ropewalk/sdk/abi.h>

#include <fmt/format.h>

#include <algorithm>

namespace ropewalk {
namespace {

/// Whether most of what it had in use when its workers were busy is in use still.
bool leaks(const HostSlot& slot) {
  const pid_t pid = slot.host->pid();
  std::uint64_t used =
      slot.condition.wear->by == board::WornBy::descriptors ? process_descriptors(pid) : process_memory_bytes(pid);
  if (slot.condition.wear->by == board::WornBy::memory)
    used -= std::min<std::uint64_t>(used, slot.host->shared_bytes());
  return used * 4 >= slot.condition.wear->used * 3;
}

}  // namespace

/// Workers without work that may get some.
std::size_t BoardExecutor::workers_to_spare() {
  if (!room_limit_.limited()) return dispatcher::kUnlimited;
  const std::size_t busy = slots_.busy_workers(), most = room_limit_.max_workers(pool_.now_ns());
  return most > busy ? most - busy : 0;
}

/// Lets the other stages of the run know how much goes on here.
void BoardExecutor::account() {
  const std::size_t busy = slots_.busy_workers();
  share_.busy_workers += busy - std::exchange(accounted_, busy);
}

void BoardExecutor::report_shortage(std::string text) {
  if (!std::exchange(share_.reported_short, true)) pending_warning_ = std::move(text);
}

// --- tasks that found no room ---

/// A task could not begin for want of something that others have: it waits until one of them has ended, and this
/// attempt does not count. False: there is nothing to wait for.
bool BoardExecutor::wait_for_room(HostSlot& slot, Lane& lane, const board::RecordHead& head, std::string_view why) {
  if (lane.overran(lane.dealer->done() - 1) || head.blob != 0) return false;
  const std::size_t others = slots_.busy_workers() - (lane.dealer->in_flight() != 0);
  if (!halted_) {
    room_limit_.refused(static_cast<std::uint32_t>(others), others_work(), pool_.now_ns());
    if (room_limit_.hopeless(pool_.now_ns())) return false;
    report_shortage(
        fmt::format("stage '{}': there is no room for more tasks at once ({}); the others wait until one has ended",
                    stage_.name, why));
  }
  lane.starts_reported = lane.dealer->done();
  lane.watch.end();
  lane.last_words.clear();
  lane.output.reset();
  slots_.note_progress(slot);
  if (halted_)
    ends_.without_result(head.task, head.attempt, Outcome::not_started, 0, kStoppedBefore, nullptr, 0, 0);
  else {
    WaitingAttempt refused = dealer_.waiting(lane.dealer->ended(), lane.dealer->params_of_ended());
    refused.isolated = slot.isolated();
    backlog_.put_back(std::move(refused), AttemptState::running, AttemptState::refused);
  }
  make_room(slot, lane, others);
  return true;
}

/// What holds on to room without using it gives it back: hosts of earlier stages, the one where the task was refused,
/// and half of the threads of the next one.
void BoardExecutor::make_room(HostSlot& slot, const Lane& refused, std::size_t others) {
  pool_.make_room();
  const bool works_for_others = std::any_of(slot.lanes.begin(), slot.lanes.end(), [&](const Lane& lane) {
    return &lane != &refused && lane.dealer->in_flight() != 0;
  });
  if (!works_for_others) slot.condition.spent = true;
  if (others == 0) slots_.quota().halve_workers(static_cast<std::uint32_t>(slot.lanes.size()));
}

void BoardExecutor::release_refused() {
  if (backlog_.refused() == 0 || pool_.now_ns() < room_limit_.try_at_ns()) return;
  const std::size_t spare = workers_to_spare();
  backlog_.release_refused(spare - std::min(spare, backlog_.queued()));
}

/// Lanes without a worker: the host could not start so many threads.
void BoardExecutor::leave_out_workers(HostSlot& slot) {
  const std::size_t there = slot.host->workers();
  for (std::size_t i = there; i < slot.lanes.size(); ++i) dealer_.take_back(slot.lanes[i]);
  slot.lanes.resize(there);
  report_shortage(fmt::format("stage '{}' goes on with {} worker{} in a host: it could start no more threads: {}",
                              stage_.name, there, there == 1 ? "" : "s", slot.host->why_fewer()));
}

// --- hosts that have little room left ---

/// Lets nothing begin in a host that has little left of something, and replaces it between tasks.
void BoardExecutor::relieve(HostSlot& slot, ExecutorListener& listener) {
  if (slot.life.has_been(SlotState::retiring) || slot.one_task()) return;
  if (slot.condition.spent) return dealer_.retire(slot);
  if (!slot.condition.wear || (slot.lanes.size() > 1 && !is_to_be_replaced(slot))) return;
  if (!std::exchange(reported_leak_, true))
    listener.warning(fmt::format("stage '{}': its tasks leave too little room for others ({}); such a host is replaced",
                                 stage_.name, slot.condition.wear->text));
  dealer_.retire(slot);
}

/// Of a worn host with several workers. What tasks that run just now are using is no leak: it is measured again when
/// half of them have ended, and if most is in use still, when all have.
bool BoardExecutor::is_to_be_replaced(HostSlot& slot) {
  const std::size_t busy = slot.running_tasks();
  if (slot.life.rest(RestReason::wear, pool_.now_ns())) {
    slot.condition.busy_when_worn = busy;
    dealer_.take_all_back(slot);
  }
  // Tasks that say so themselves when they find no room may use all that there is.
  const bool crowded = room_limit_.limited() && slot.condition.wear->by == board::WornBy::descriptors;
  if (!crowded) {
    if (busy > slot.condition.busy_when_worn / 2) return false;
    if (leaks(slot)) return busy == 0;
  }
  slot.life.resume(RestReason::wear, pool_.now_ns());
  slot.condition.wear.reset();
  return false;
}

// --- fewer hosts than the stage was given ---

/// Fewer hosts do the same work: said once, and nothing is lost. False if there is none.
bool BoardExecutor::go_on_with_fewer(HostSlots::Counting counting, std::string_view why) {
  const std::uint32_t alive = slots_.alive(counting);
  if (alive == 0) return false;
  slots_.quota().shrink(alive, pool_.now_ns());
  report_shortage(fmt::format("stage '{}' goes on with {} host{}: {}", stage_.name, alive, alive == 1 ? "" : "s", why));
  return true;
}

/// A stage without any host waits for one while other stages of the run go on. False: no other stage can give one
/// back.
bool BoardExecutor::wait_for_others(std::string_view why) {
  if (!others_work()) return false;
  slots_.quota().wait_for_others(pool_.now_ns());
  report_shortage(fmt::format("stage '{}' waits until others give room for its hosts: {}", stage_.name, why));
  return true;
}

void BoardExecutor::break_down(Error error) {
  if (!broken_) broken_ = std::move(error);
}

}  // namespace ropewalk
