#include "executors/board_executor.hpp"

#include "base/file_limit.hpp"

#include <algorithm>
#include <limits>

namespace ropewalk {
namespace {

constexpr std::int64_t kQuietNs = 3'000'000;  // look again if a bell that is due does not ring
constexpr std::int64_t kFirstLookNs = 1'000'000, kLongestLookNs = 100'000'000;
constexpr std::int64_t kSlowNs = 60'000'000'000;
constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

/// The smaller of the stage's and the user's.
std::optional<std::uint64_t> file_limit(const PlannedStage& stage) {
  const std::optional<std::uint64_t> users = users_file_limit();
  return users && stage.limits.file_bytes ? std::min(*users, *stage.limits.file_bytes)
         : users                          ? users
                                          : stage.limits.file_bytes;
}

HostKey key_for(const PlannedStage& stage, const Placement& placement, const StageSetting& setting) {
  return {.plugin = {.file = stage.plugin->path, .identity = stage.plugin->identity, .image = stage.plugin->image},
          .workers = placement.workers_per_host,
          .thread_per_task = placement.thread_per_task,
          .one_task = placement.host_per_task,
          .few_tasks = setting.tasks && *setting.tasks <= std::uint64_t{board::Layout::kFewItems} * placement.hosts *
                                                              placement.workers_per_host,
          .limits = {.memory_bytes = stage.limits.memory_bytes,
                     .cpu_time_ns = {},
                     .file_bytes = file_limit(stage),
                     .output_bytes = stage.limits.output_bytes},
          .env = stage.env};
}

/// A task with a time-out is slow when half of it is over.
AttemptWatch::Rules rules_for(const PlannedStage& stage, std::int64_t grace_ns, std::int64_t open_limit_ns) {
  return {.timeout_ns = stage.timeout_ns,
          .open_ns = open_limit_ns,
          .cpu_time_ns = stage.limits.cpu_time_ns.value_or(0),
          .slow_ns = stage.timeout_ns != 0 ? stage.timeout_ns / 2 : kSlowNs,
          .grace_ns = grace_ns};
}

}  // namespace

BoardExecutor::BoardExecutor(HostPool& pool, const PlannedStage& stage, const Placement& placement,
                             StageSetting setting, RunShare& share, const HostRules& rules)
    : pool_(pool),
      stage_(stage),
      placement_(placement),
      setting_(std::move(setting)),
      recycling_(rules.recycling),
      key_(key_for(stage, placement, setting_)),
      rules_(rules_for(stage, setting_.grace_ns, rules.open_limit_ns)),
      watches_hosts_(stage.limits.memory_bytes.has_value() || rules.recycling.above_bytes != 0),
      share_(share),
      result_fields_(stage.type()),
      quota_(placement.hosts),
      drift_book_(stage.drift) {}

BoardExecutor::~BoardExecutor() {
  share_.busy_workers -= accounted_;
  for (const std::unique_ptr<HostSlot>& slot : slots_) {
    const bool retired = slot->life.has_been(SlotState::retiring);
    // A host that has changed, or is short of something, is no use to the next stage.
    if (slot->as_new() && slot->idle() && !retired && !slot->life.has_been(SlotState::killed))
      pool_.give_back(*slot->host);
    else
      pool_.discard(*slot->host, !retired);
  }
}

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
  return std::min(in == kNever ? kNever : monotonic_ns() + in, next_watch_ns());
}

void BoardExecutor::drain(ExecutorListener& listener, bool more) {
  pool_.clock().calibrate();
  // By index: a death may add slots.
  for (std::size_t i = 0; i < slots_.size(); ++i) drain_slot(*slots_[i], listener);
  watch(listener);  // after draining: what ended in time has ended
  for (std::size_t i = 0; i < slots_.size();) {
    if (!slots_[i]->host->dead()) {
      ++i;
      continue;
    }
    const std::unique_ptr<HostSlot> dead = std::move(slots_[i]);
    slots_.erase(slots_.begin() + static_cast<std::ptrdiff_t>(i));
    host_died(*dead, listener);
    dead->life.move(SlotState::dead, pool_.now_ns());
  }
  reports_.flush(listener);
  account();
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

void BoardExecutor::halt(Halt halt, ExecutorListener& listener) {
  if (!std::exchange(halted_, true)) {
    const auto never = [&](const WaitingAttempt& waiting) {
      end_without_result(waiting.task, waiting.attempt, waiting.begun ? Outcome::cancelled : Outcome::not_started, 0,
                         waiting.begun ? kStoppedWhile : kStoppedBefore, nullptr, 0, 0);
    };
    for (const std::unique_ptr<HostSlot>& slot : slots_) {
      if (slot->host->dead()) continue;
      for (Lane& lane : slot->lanes)
        lane.dealer->take_back(lane.dealer->in_flight(),
                               [&](const board::Item& item, std::string_view params) { never(waiting(item, params)); });
    }
    for (const WaitingAttempt& waiting : backlog_.take_all()) never(waiting);
    reports_.flush(listener);
  }
  if (halt != Halt::start_nothing && !std::exchange(asked_, true)) {
    for (const std::unique_ptr<HostSlot>& slot : slots_)
      for (Lane& lane : slot->lanes)
        if (lane.dealer->in_flight() != 0) lane.cancel_asked = true, lane.dealer->cancel_running();
  }
  if (halt == Halt::kill_running && !std::exchange(killed_, true))
    for (const std::unique_ptr<HostSlot>& slot : slots_) kill_now(*slot);
}

void BoardExecutor::finish(ExecutorListener& listener) {
  for (const std::unique_ptr<HostSlot>& slot : slots_) {
    take_counts(*slot);
    if (slot->host->key()->shares_output()) take_printed(*slot, slot->host->take_output(), listener);
  }
  losses_.report(stage_.name, listener);
}

}  // namespace ropewalk
