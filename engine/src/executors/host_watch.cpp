#include "executors/host_watch.hpp"

#include "base/text.hpp"
#include "hosts/process_use.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace ropewalk {
namespace {

constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kSlowNs = 60'000'000'000;
constexpr std::int64_t kUnseenNs = 2'000'000'000;       // without a socket and a process: its death is being reported
constexpr std::int64_t kUnkillableLookNs = 50'000'000;  // until the warden has answered
constexpr std::int64_t kWakeAgainNs = 100'000'000;      // a worker that does not begin its next item
constexpr std::int64_t kMemoryLookNs = 100'000'000;     // between two looks at a host's memory
constexpr std::int64_t kMinPatienceNs = 5'000'000'000;  // a large process takes a while to die

/// A task with a time-out is slow when half of it is over.
AttemptWatch::Rules rules_for(const PlannedStage& stage, std::int64_t grace_ns, std::int64_t open_limit_ns) {
  return {.timeout_ns = stage.timeout_ns,
          .open_ns = open_limit_ns,
          .cpu_time_ns = stage.limits.cpu_time_ns.value_or(0),
          .slow_ns = stage.timeout_ns != 0 ? stage.timeout_ns / 2 : kSlowNs,
          .grace_ns = grace_ns};
}

}  // namespace

HostWatch::HostWatch(HostPool& pool, const PlannedStage& stage, HostSlots& slots, TaskDealer& dealer,
                     const Recycling& recycling, std::int64_t grace_ns, std::int64_t open_limit_ns)
    : pool_(pool),
      stage_(stage),
      slots_(slots),
      dealer_(dealer),
      recycling_(recycling),
      rules_(rules_for(stage, grace_ns, open_limit_ns)),
      watches_memory_(stage.limits.memory_bytes.has_value() || recycling.above_bytes != 0) {}

void HostWatch::look(ExecutorListener& listener) {
  const std::int64_t now = pool_.now_ns();
  const bool look_at_memory_now = watches_memory_ && now - memory_look_ns_ >= kMemoryLookNs;
  if (look_at_memory_now) memory_look_ns_ = now;
  const bool look_for_stopped = now - stopped_look_ns_ >= kStoppedLookNs;
  if (look_for_stopped) stopped_look_ns_ = now;
  for (const std::unique_ptr<HostSlot>& slot : slots_) {
    if (slot->host->dead()) continue;
    look_at_attempts(*slot, now, listener);
    if (look_at_memory_now) look_at_memory(*slot);
    if (look_for_stopped) look_for_standstill(*slot);
    if (slot->host->cut_off()) look_at_line(*slot, now);
    if (slot->life.state() == SlotState::ending && now - slot->life.entered_ns(SlotState::ending) >= rules_.grace_ns)
      slots_.kill(*slot);
    if (!slot->host->loaded() && now - slot->leased_ns >= kLoadingNs) slots_.kill(*slot);
    // The warden may be busy with what its tasks have started, or stand still itself.
    if (slot->life.state() == SlotState::killed &&
        std::min(now, pool_.warden_answered_ns()) - slot->life.entered_ns(SlotState::killed) >= patience_ns()) {
      pool_.give_up(*slot->host);
      continue;
    }
    if (recycling_.after_tasks != 0 && slots_.may_take(*slot) == 0) {
      slots_.retire(*slot);  // with all that it has: it was not dealt more than its age allows
      slots_.end_if_idle(*slot);
    }
  }
}

void HostWatch::running(std::vector<TaskRunning>& all) const {
  const std::int64_t now = pool_.now_ns();
  for (const std::unique_ptr<HostSlot>& slot : slots_) {
    std::uint32_t worker = 0;
    for (const Lane& lane : slot->lanes) {
      if (const board::Item* item = lane.dealer->running(); item != nullptr && !slot->host->dead()) {
        all.push_back({item->task, item->attempt, now - began_ns(*slot, lane, now), slot->host->pid(), worker});
      }
      ++worker;
    }
  }
}

/// When its oldest item began. What the host says of its clock is believed as far as it can be true.
std::int64_t HostWatch::began_ns(const HostSlot& slot, const Lane& lane, std::int64_t now_ns) const {
  return std::clamp(pool_.at(pool_.clock().to_ns(lane.dealer->begun_at())), slot.leased_ns, now_ns);
}

void HostWatch::look_at_attempts(HostSlot& slot, std::int64_t now_ns, ExecutorListener& listener) {
  bool overrun = false;
  for (Lane& lane : slot.lanes) {
    if (!lane.dealer->busy()) {
      lane.watch.end();
      lane.loss.end();
      look_for_beginning(slot, lane, now_ns);
      continue;
    }
    look_for_loss(slot, lane, now_ns);
    const board::Item& item = *lane.dealer->running();
    watch_attempt(slot, lane, now_ns);
    const std::int64_t cpu_ns =
        rules_.cpu_time_ns != 0 && slot.lanes.size() == 1 ? process_cpu_ns(slot.host->pid()) : -1;
    lane.watch.set_opening(lane.opening);
    for (;;) {
      const AttemptWatch::Step step = lane.watch.look(rules_, now_ns, cpu_ns);
      if (step == AttemptWatch::Step::none) break;
      if (step == AttemptWatch::Step::mark_slow)
        listener.slow({item.task, item.attempt, now_ns - lane.watch.began_ns()});
      if (step == AttemptWatch::Step::ask) lane.dealer->cancel_running();
      if (step == AttemptWatch::Step::terminate) pool_.terminate(*slot.host);
      // If the host was stopped (SIGSTOP), its tasks are not to blame for running over their time.
      if (step == AttemptWatch::Step::kill)
        slots_.kill_for(slot, process_is_stopped(slot.host->pid(), pool_.warden_pid()) ? DeathCause::standstill
                                                                                       : DeathCause::overrun);
    }
    overrun = overrun || lane.watch.overrun() != AttemptWatch::Overrun::none;
  }
  // While one of its tasks is asked to stop it gets nothing more, and what it had beyond goes elsewhere.
  if (!overrun)
    slot.life.resume(RestReason::overrun, now_ns);
  else if (slot.life.rest(RestReason::overrun, now_ns))
    dealer_.take_all_back(slot);
}

void HostWatch::watch_attempt(const HostSlot& slot, Lane& lane, std::int64_t now_ns) {
  const std::uint64_t number = lane.dealer->done();
  if (lane.watch.watching(number)) return;
  lane.watch.begin(number, began_ns(slot, lane, now_ns), dealer_.timeout_of(lane.dealer->oldest()->task));
}

void HostWatch::cancel(const HostSlot& slot, Lane& lane) {
  const std::int64_t now = pool_.now_ns();
  watch_attempt(slot, lane, now);
  if (lane.watch.cancel(now)) lane.dealer->cancel_running();
}

/// A worker that does not begin although it has work is in a host that was stopped (SIGSTOP). No attempt runs there, so
/// no timeout would end the wait.
void HostWatch::look_for_beginning(HostSlot& slot, Lane& lane, std::int64_t now_ns) {
  if (lane.dealer->in_flight() == 0 || !slot.host->loaded()) {
    lane.unbegun = ~std::uint64_t{0};
  } else if (lane.unbegun != lane.dealer->done()) {
    lane.unbegun = lane.dealer->done();
    lane.unbegun_since_ns = lane.woken_ns = now_ns;
  } else if (now_ns - lane.unbegun_since_ns >= kBeginningNs) {
    slots_.kill_for(slot, DeathCause::standstill);
  } else if (now_ns - lane.woken_ns >= kWakeAgainNs) {
    lane.woken_ns = now_ns;
    lane.dealer->wake();  // a task may have overwritten the word that says that its worker sleeps
  }
}

/// A task that writes over the lanes of its host can make a result disappear, of another worker's task too. Nothing
/// would ever be said of that task again.
void HostWatch::look_for_loss(HostSlot& slot, Lane& lane, std::int64_t now_ns) {
  const auto all_sleep = [&slot] { return all_threads_sleep(slot.host->pid()); };
  if (!lane.dealer->waits_for_nothing())
    lane.loss.end();
  else if (lane.loss.is_lost(lane.dealer->read(), now_ns, all_sleep))
    slots_.kill_for(slot, DeathCause::damage);
}

void HostWatch::look_at_memory(HostSlot& slot) {
  const std::uint64_t all = process_memory_bytes(slot.host->pid());
  const std::uint64_t bytes = all - std::min<std::uint64_t>(all, slot.host->shared_bytes());
  if (stage_.limits.memory_bytes && (bytes > *stage_.limits.memory_bytes || slot.host->over_its_memory()))
    return slots_.kill_for(slot, DeathCause::memory);
  if (recycling_.above_bytes != 0 && bytes > recycling_.above_bytes && !slot.isolated()) dealer_.retire(slot);
}

/// A host that ends closes its socket as well. A host that lives on without one receives no message: its task closed
/// the socket or replaced the program.
void HostWatch::look_at_line(HostSlot& slot, std::int64_t now_ns) {
  if (slot.cause != DeathCause::unknown || slot.life.has_been(SlotState::ending)) return;
  // The number of a forked host stands where its task can write.
  const pid_t pid = slot.host->pid();
  if (pid != 0 && parent_of(pid) == pool_.warden_pid()) {
    const ProcessState state = process_state(pid);
    if (state.state == 0 || state.ending) return;  // 0: the warden has reaped it just now
  } else {
    if (slot.unseen_since_ns == 0) slot.unseen_since_ns = now_ns;
    if (now_ns - slot.unseen_since_ns < kUnseenNs) return;
  }
  slots_.kill_for(slot, DeathCause::cut_off);
}

/// Looks are counted, so that a pause of the whole machine is none of the host. Tasks without a timeout would wait for
/// ever.
void HostWatch::look_for_standstill(HostSlot& slot) {
  if (slot.running_tasks() == 0 || slot.cause != DeathCause::unknown ||
      !process_is_stopped(slot.host->pid(), pool_.warden_pid())) {
    slot.stopped_looks = 0;
  } else if (++slot.stopped_looks >= kStoppedLooks) {
    slots_.kill_for(slot, DeathCause::standstill);
  }
}

/// Of the monotonic clock.
std::int64_t HostWatch::next_ns() const {
  const std::int64_t now = pool_.now_ns();
  const std::int64_t start_at = slots_.quota().back_off().start_at_ns();
  std::int64_t next = start_at > now ? start_at : kNever;
  for (const std::unique_ptr<HostSlot>& slot : slots_) {
    for (const Lane& lane : slot->lanes) next = std::min(next, lane.watch.next_ns(rules_, now));
    const SlotState state = slot->life.state();
    if (state == SlotState::ending) next = std::min(next, slot->life.entered_ns(state) + rules_.grace_ns);
    if (state == SlotState::killed)
      next = std::min(next, std::max(slot->life.entered_ns(state) + patience_ns(), now + kUnkillableLookNs));
    else if (!slot->host->loaded())
      next = std::min(next, slot->leased_ns + kLoadingNs);
  }
  if (watches_memory_ && !slots_.empty()) next = std::min(next, memory_look_ns_ + kMemoryLookNs);
  return next == kNever ? kNever : monotonic_ns() + (next - now);
}

/// How long a host may take to die of SIGKILL before it counts as unkillable.
std::int64_t HostWatch::patience_ns() const { return std::max(2 * rules_.grace_ns, kMinPatienceNs); }

std::string HostWatch::unkillable_message() const {
  return fmt::format("its process is unkillable: SIGKILL has not ended it within {}, and the task may still run in it",
                     duration_text(patience_ns()));
}

std::string HostWatch::overrun_message(const Lane& lane) const {
  if (lane.watch.overrun() == AttemptWatch::Overrun::cpu_time)
    return fmt::format("the task used more CPU time than its limit of {} (limits.cpu_time)",
                       duration_text(rules_.cpu_time_ns));
  if (lane.watch.overrun() == AttemptWatch::Overrun::open)
    return fmt::format("open() of its task type did not return within {}; a `timeout` of the stage sets another limit",
                       duration_text(rules_.open_ns));
  return fmt::format("the task ran longer than its timeout of {}", duration_text(lane.watch.timeout_ns(rules_)));
}

}  // namespace ropewalk
