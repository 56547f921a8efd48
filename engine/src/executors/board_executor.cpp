#include "executors/board_executor.hpp"

#include <algorithm>
#include <limits>

namespace ropewalk {
namespace {

constexpr std::int64_t kQuietNs = 3'000'000;  // look again if a bell that is due does not ring
constexpr std::int64_t kFirstLookNs = 1'000'000, kLongestLookNs = 100'000'000;
constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

}  // namespace

BoardExecutor::BoardExecutor(HostPool& pool, const PlannedStage& stage, const Placement& placement,
                             StageSetting setting, RunShare& share, const HostRules& rules)
    : pool_(pool),
      stage_(stage),
      placement_(placement),
      setting_(std::move(setting)),
      share_(share),
      time_(std::max(setting_.workers, 1u), setting_.started_ns != 0 ? setting_.started_ns : monotonic_ns(),
            placement_.thread_per_task ? Idle::start : Idle::dispatch,
            placement_.thread_per_task || placement_.host_per_task),
      slots_(pool, stage, placement_, setting_, rules.recycling.after_tasks),
      dealer_(slots_, backlog_),
      watch_(pool, stage, slots_, dealer_, rules.recycling, setting_.grace_ns, rules.open_limit_ns),
      ends_(pool, stage, slots_, dealer_, watch_, room_limit_),
      messages_(stage),
      drift_book_(stage.drift) {}

BoardExecutor::~BoardExecutor() { share_.busy_workers -= accounted_; }

void BoardExecutor::publish() {
  bool unseen = false;
  for (const std::unique_ptr<HostSlot>& slot : slots_) {
    if (slot->host->dead()) continue;
    for (Lane& lane : slot->lanes) {
      lane.dealer->publish();
      unseen = unseen || (lane.dealer->in_flight() != 0 && lane.start_unreported());
    }
  }
  if (unseen && begin_look_ns_ == 0) begin_look_ns_ = kFirstLookNs;
}

std::int64_t BoardExecutor::look_again_ns() {
  if (std::exchange(look_now_, false)) return 0;
  std::int64_t in = kNever;
  bool unseen = false, busy = false;
  for (const std::unique_ptr<HostSlot>& slot : slots_) {
    if (slot->host->dead()) return 0;
    for (const Lane& lane : slot->lanes) {
      if (lane.dealer->in_flight() == 0) continue;
      busy = true;
      if (lane.dealer->ring_every() > 1) in = std::min(in, kQuietNs);
      unseen = unseen || lane.start_unreported();
    }
  }
  if (unseen) in = std::min(in, std::max(begin_look_ns_, kFirstLookNs));
  // A host may keep its bell from ringing.
  if (busy) in = std::min(in, kLongestLookNs);
  if (backlog_.refused() != 0) in = std::min(in, std::max(room_limit_.try_at_ns() - pool_.now_ns(), kFirstLookNs));
  return std::min(in == kNever ? kNever : monotonic_ns() + in, watch_.next_ns());
}

void BoardExecutor::drain(ExecutorListener& listener, bool more) {
  read(listener);
  if (halted_ || listener.stops()) return;
  if (!broken_) dispatch();
  if (!broken_) run_suspects();
  if (!broken_ && !more && backlog_.queued() == 0) rebalance();
  publish();
  account();
  begin_look_ns_ = std::min(std::max(begin_look_ns_ * 2, kFirstLookNs), kLongestLookNs);
  if (!pending_warning_.empty()) listener.warning(std::exchange(pending_warning_, {}));
  if (broken_) listener.broken(*broken_);
}

/// What has happened, without giving anything to workers.
void BoardExecutor::read(ExecutorListener& listener) {
  pool_.clock().calibrate();
  // By index: a death may add slots.
  for (std::size_t i = 0; i < slots_.size(); ++i) drain_slot(slots_[i], listener);
  watch_.look(listener);  // after draining: what ended in time has ended
  for (std::size_t i = 0; i < slots_.size();) {
    if (!slots_[i].host->dead()) {
      ++i;
      continue;
    }
    const std::unique_ptr<HostSlot> dead = slots_.remove(i);
    host_died(*dead, listener);
    dead->life.move(SlotState::dead, pool_.now_ns());
  }
  ends_.reports().flush(listener);
  account();
}

void BoardExecutor::halt(Halt halt, ExecutorListener& listener) {
  if (!std::exchange(halted_, true)) {
    dealer_.stop();
    const auto never = [&](const WaitingAttempt& waiting) {
      ends_.without_result(waiting.task, waiting.attempt, waiting.begun ? Outcome::cancelled : Outcome::not_started, 0,
                           waiting.begun ? kStoppedWhile : kStoppedBefore, nullptr, 0, 0);
    };
    for (const std::unique_ptr<HostSlot>& slot : slots_) {
      if (slot->host->dead()) continue;
      for (Lane& lane : slot->lanes)
        lane.dealer->take_back(lane.dealer->in_flight(), [&](const board::Item& item, std::string_view params) {
          never(dealer_.waiting(item, params));
        });
    }
    for (const WaitingAttempt& waiting : backlog_.take_all()) never(waiting);
    ends_.reports().flush(listener);
  }
  if (halt != Halt::start_nothing && !std::exchange(asked_, true)) {
    for (const std::unique_ptr<HostSlot>& slot : slots_)
      for (Lane& lane : slot->lanes)
        if (lane.dealer->in_flight() != 0) lane.cancel_asked = true, lane.dealer->cancel_running();
  }
  if (halt == Halt::kill_running && !std::exchange(killed_, true))
    for (const std::unique_ptr<HostSlot>& slot : slots_) slots_.kill(*slot);
}

void BoardExecutor::cancel(std::span<const std::uint64_t> tasks, ExecutorListener& listener) {
  read(listener);  // no host is dead behind the engine's back then
  std::vector<std::uint64_t> wanted(tasks.begin(), tasks.end());
  std::sort(wanted.begin(), wanted.end());
  if (!halted_) dealer_.take_all_back();  // what has not begun waits in the backlog then
  for (const WaitingAttempt& waiting : backlog_.take(wanted))
    ends_.without_result(waiting.task, waiting.attempt, waiting.begun ? Outcome::cancelled : Outcome::not_started, 0,
                         waiting.begun ? kCancelledWhile : kCancelledBefore, nullptr, 0, 0);
  for (const std::unique_ptr<HostSlot>& slot : slots_)
    for (Lane& lane : slot->lanes) {
      const board::Item* const item = lane.dealer->running();
      if (item != nullptr && std::binary_search(wanted.begin(), wanted.end(), item->task)) watch_.cancel(*slot, lane);
    }
  ends_.reports().flush(listener);
  look_now_ = true;  // to deal again what was taken back
}

/// While tasks wait here, workers are idle for want of a host, or of a turn of the engine.
void BoardExecutor::idle_for(Idle reason, std::int64_t now_ns) {
  const bool waiting = reason == Idle::dispatch || backlog_.queued() + backlog_.isolated() + backlog_.refused() != 0;
  if (waiting && !halted_) reason = slots_.has_all_workers() ? Idle::dispatch : Idle::start;
  time_.slots().idle_for(reason, now_ns);
}

std::optional<ExecutorTimes> BoardExecutor::times(std::int64_t now_ns) {
  for (const std::unique_ptr<HostSlot>& slot : slots_) time_.left(*slot, pool_.clock(), now_ns);
  return time_.at(now_ns);
}

void BoardExecutor::finish(ExecutorListener& listener) {
  for (const std::unique_ptr<HostSlot>& slot : slots_) {
    messages_.count_dropped_logs(*slot);
    if (slot->host->key()->shares_output()) messages_.take_printed(*slot, slot->host->take_output(), listener);
  }
  messages_.report_losses(listener);
}

}  // namespace ropewalk
