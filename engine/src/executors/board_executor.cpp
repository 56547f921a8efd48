#include "executors/board_executor.hpp"

#include "base/file_limit.hpp"

#include <ropewalk/codes.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace ropewalk {
namespace {

using board::Item;
using board::RecordHead;
using board::RecordType;

constexpr double kAheadNs = 1e6;                // work dealt ahead to a worker
constexpr std::int64_t kQuietNs = 3'000'000;    // look again if a bell that is due does not ring
constexpr std::int64_t kFirstLookNs = 1'000'000, kLongestLookNs = 100'000'000;
constexpr std::uint32_t kMaxTeams = 4;  // the stage's hosts, those that are on their way out, and those of suspects
constexpr std::int64_t kSlowNs = 60'000'000'000;
constexpr std::int64_t kMinHostsPauseNs = 500'000'000, kMaxHostsPauseNs = 10'000'000'000;  // before one host more is tried
constexpr std::int64_t kStartAgainNs = 20'000'000;  // between two tries to start the only host
constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

/// The smaller of the stage's and the user's.
std::optional<std::uint64_t> file_limit(const PlannedStage& stage) {
  const std::optional<std::uint64_t> users = users_file_limit();
  return users && stage.limits.file_bytes ? std::min(*users, *stage.limits.file_bytes) : users ? users : stage.limits.file_bytes;
}

HostKey key_for(const PlannedStage& stage, const Placement& placement, const StageSetting& setting) {
  return {.plugin = {.file = stage.plugin->path, .identity = stage.plugin->identity, .image = stage.plugin->image},
          .workers = placement.workers_per_host,
          .thread_per_task = placement.thread_per_task,
          .one_task = placement.host_per_task,
          .few_tasks = setting.tasks && *setting.tasks <= std::uint64_t{board::Layout::kFewItems} * placement.hosts * placement.workers_per_host,
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

Result<std::unique_ptr<Executor>> BoardExecutors::open(const PlannedStage& stage, StageSetting setting) {
  const BuiltinExecutor* executor = find_executor(stage.executor);
  if (executor == nullptr) return Error{codes::kNoHost, fmt::format("there is no executor '{}'", stage.executor)};
  const std::uint32_t workers = std::max(setting.workers, 1u);
  const Placement placement = executor->place(workers, std::clamp(stage.per_host, 1u, workers));
  return std::unique_ptr<Executor>(new BoardExecutor(pool_, stage, placement, std::move(setting), share_, rules_));
}

std::vector<std::string> BoardExecutors::finish() {
  std::vector<std::string> warnings;
  for (const auto& [stage, failures] : pool_.take_close_failures(rules_.closes)) {
    if (failures.hung != 0)
      warnings.push_back(fmt::format("stage '{}': close() of its task type did not return within 2 s in {} host{}", stage, failures.hung, failures.hung == 1 ? "" : "s"));
    if (failures.died != 0)
      warnings.push_back(fmt::format("stage '{}': {} host{} died in close() of its task type; the last one {}", stage, failures.died, failures.died == 1 ? "" : "s", failures.how));
  }
  return warnings;
}

BoardExecutor::BoardExecutor(HostPool& pool, const PlannedStage& stage, const Placement& placement, StageSetting setting,
                             RunShare& share, const HostRules& rules)
    : pool_(pool), stage_(stage), placement_(placement), setting_(std::move(setting)), recycling_(rules.recycling),
      key_(key_for(stage, placement, setting_)), rules_(rules_for(stage, setting_.grace_ns, rules.open_limit_ns)),
      watches_hosts_(stage.limits.memory_bytes.has_value() || rules.recycling.above_bytes != 0),
      hosts_limit_(placement.hosts), share_(share), drift_book_(stage.drift) {
  for (const Field& field : stage.type().results) result_types_.push_back(field.type);
  result_check_ = board::FieldsCheck(result_types_);
  result_views_.resize(result_types_.size());
}

BoardExecutor::~BoardExecutor() {
  share_.busy_workers -= accounted_;
  for (const std::unique_ptr<HostSlot>& slot : slots_) {
    const bool retired = slot->life.has_been(SlotState::retiring);
    // A host that has changed, or is short of something, is no use to the next stage.
    if (slot->as_new() && slot->idle() && !retired && !slot->life.has_been(SlotState::killed)) pool_.give_back(*slot->host);
    else pool_.discard(*slot->host, !retired);
  }
}

std::uint32_t BoardExecutor::depth_of(const HostSlot& slot) const {
  return slot.host->key()->one_task ? 1 : depth_;
}

/// Where the dead are slow to go, the living wait for them.
bool BoardExecutor::may_grow() const { return slots_.size() < std::size_t{kMaxTeams} * placement_.hosts; }

/// How many more items its age allows.
std::uint64_t BoardExecutor::may_take(const HostSlot& slot) const {
  if (recycling_.after_tasks == 0) return std::numeric_limits<std::uint64_t>::max();
  const std::uint64_t taken = slot.items_taken();
  return recycling_.after_tasks > taken ? recycling_.after_tasks - taken : 0;
}

std::size_t BoardExecutor::room() {
  if (broken_ || halted_ || !refused_.empty()) return 0;
  std::size_t room = 0, spare = workers_to_spare();
  std::uint32_t present = 0;
  for (const std::unique_ptr<HostSlot>& slot : slots_) {
    if (!slot->has_a_place()) continue;
    ++present;
    if (!slot->takes_work()) continue;
    const std::uint32_t depth = depth_of(*slot);
    std::uint64_t free = 0;
    for (const Lane& lane : slot->lanes) {
      const std::uint32_t busy = lane.dealer->in_flight();
      if (busy == 0) {
        if (spare == 0) continue;
        --spare;
      }
      if (busy < depth) free += std::min(depth - busy, lane.dealer->free_slots());
    }
    room += std::min(free, may_take(*slot));
  }
  // Hosts that are not there yet: they will be started when there is work for them.
  if (present < hosts_limit_ && may_grow()) room += std::min(std::size_t{hosts_limit_ - present} * placement_.workers_per_host, spare);
  const std::size_t owed = requeued_.size() + incoming_.size();
  return room > owed ? room - owed : 0;
}

void BoardExecutor::deal(std::span<const Deal> tasks) {
  in_flight_ += tasks.size();
  std::size_t next = 0;
  bool retries = false;
  for (std::size_t i = 0; stage_.retries.max != 0 && i < tasks.size(); ++i) {
    if (tasks[i].failed_on.empty()) continue;
    retries = true;
    failed_on_.insert_or_assign(tasks[i].task, std::vector<std::int32_t>(tasks[i].failed_on.begin(), tasks[i].failed_on.end()));
  }
  // The short way: straight into the lanes while all hosts are there and nothing waits before it.
  if (requeued_.empty() && incoming_.empty() && !retries && !room_limit_.limited()) {
    // In runs, so that each lane is looked at a few times and not once a task; short ones where tasks are long, so that
    // they begin in their order. New hosts come before a second helping for the old ones.
    const std::uint32_t top = slots_.size() < hosts_limit_ ? 1 : depth_;
    for (std::uint32_t level = lowest_level(); level < top && next < tasks.size();) {
      level = std::min(top, level + std::max(1u, depth_ / 8));
      for (const std::unique_ptr<HostSlot>& slot : slots_) {
        if (!slot->takes_work()) continue;
        const std::uint32_t up_to = std::min(level, depth_of(*slot));
        std::uint64_t may = may_take(*slot);
        for (Lane& lane : slot->lanes) {
          while (next < tasks.size() && may != 0 && lane.dealer->in_flight() < up_to &&
                 deal_to(*slot, lane, tasks[next]))
            ++next, --may;
        }
      }
    }
  }
  for (; next < tasks.size(); ++next)
    incoming_.push_back({tasks[next].task, tasks[next].attempt, std::string(tasks[next].params), {tasks[next].blobs.begin(), tasks[next].blobs.end()}, false});
  dispatch();
  publish();
  account();
}

/// Gives everything that waits to workers, starting hosts as they are needed.
void BoardExecutor::dispatch() {
  while (!incoming_.empty()) requeued_.push_back(std::move(incoming_.front())), incoming_.pop_front();
  release_refused();
  find_places_for_retries();
  hosts_to_come_ = false;
  if (!requeued_.empty()) add_hosts();
  deal_again();
}

void BoardExecutor::add_hosts() {
  if (hosts_limit_ < placement_.hosts && pool_.now_ns() >= more_hosts_at_ns_) {
    ++hosts_limit_;
    more_hosts_at_ns_ = pool_.now_ns() + more_hosts_pause_ns_;
  }
  std::size_t idle = 0;
  std::uint32_t present = 0;
  for (const std::unique_ptr<HostSlot>& slot : slots_) {
    if (!slot->has_a_place()) continue;
    ++present;
    if (!slot->takes_work() || may_take(*slot) == 0 || has_failed_on(requeued_.front().task, *slot)) continue;
    for (const Lane& lane : slot->lanes) idle += lane.dealer->in_flight() == 0;
  }
  const std::size_t wanted = std::min(requeued_.size(), workers_to_spare());
  // A stage without a host starts one in any case: what others start may last.
  while (idle < wanted && present < hosts_limit_ && may_grow() && !broken_ && may_start()) {
    if (present != 0 && pool_.starts_enough(key_)) {
      hosts_to_come_ = true;
      return;
    }
    HostSlot* slot = add_slot(SlotKind::shared);
    if (slot == nullptr) return;
    idle += slot->lanes.size();
    ++present;
  }
}

/// Of the stage's workers; at least 1.
std::uint32_t BoardExecutor::workers_not_there() const {
  std::size_t there = 0;
  for (const std::unique_ptr<HostSlot>& slot : slots_)
    if (slot->has_a_place()) there += slot->lanes.size();
  const std::uint32_t all = std::max(setting_.workers, 1u);
  return there < all ? all - static_cast<std::uint32_t>(there) : 1;
}

HostSlot* BoardExecutor::add_slot(SlotKind kind) {
  HostKey key = key_;
  if (kind == SlotKind::isolated) key.workers = 1, key.thread_per_task = false, key.one_task = true;
  else key.workers = std::min({key.workers, workers_not_there(), host_workers_limit_});
  Result<HostProcess*> host = pool_.lease(key);
  if (!host) {
    if (pool_.make_room()) return nullptr;
    const Error why = host.error().list.front();
    if (!go_on_with_fewer(Counting::on_their_way, why.message) && !wait_for_others(why.message)) break_down(why);
    return nullptr;
  }
  auto slot = std::make_unique<HostSlot>(**host, kind, pool_.now_ns());
  if (stage_.type().closes) slot->host->set_opener(stage_.name);
  slot->stage = slot->host->add_stage({.task_type = static_cast<std::uint32_t>(stage_.task_type),
                                           .stage = stage_.name,
                                           .run_id = setting_.run_id,
                                           .constants = setting_.constants,
                                           .varying = setting_.varying,
                                           .timeout_ns = stage_.timeout_ns,
                                           .rests_after_failure = stage_.on_error == OnError::stop && !slot->host->key()->one_task,
                                           .blobs = setting_.blobs});
  slots_.push_back(std::move(slot));
  std::uint32_t alive = 0;
  for (const std::unique_ptr<HostSlot>& each : slots_) alive += !each->host->dead() && !each->has_run_its_task();
  most_hosts_ = std::max(most_hosts_, alive);
  return slots_.back().get();
}

bool BoardExecutor::deal_to(HostSlot& slot, Lane& lane, const Deal& deal) {
  if (deal.params.size() > slot.max_inline_params || !deal.blobs.empty()) return deal_as_blob(slot, lane, deal);
  return lane.dealer->deal(deal.task, deal.attempt, slot.stage, deal.params);
}

bool BoardExecutor::deal_as_blob(HostSlot& slot, Lane& lane, const Deal& deal) {
  if (lane.dealer->free_slots() == 0 || slot.host->congested()) return false;
  LargeParams large{std::string(deal.params), {deal.blobs.begin(), deal.blobs.end()}};
  const std::uint64_t blob = slot.host->send_params(large.params, large.blobs);
  if (blob == 0) {
    if (!slot.host->dead()) break_down({codes::kNoBoardMemory, fmt::format("no memory for the parameters of {}/{} ({} bytes)", stage_.name, deal.task, deal.params.size())});
    return false;
  }
  large_params_.insert_or_assign(deal.task, std::move(large));
  return lane.dealer->deal_blob(deal.task, deal.attempt, slot.stage, blob, static_cast<std::uint32_t>(deal.params.size()));
}

std::uint32_t BoardExecutor::lowest_level() const {
  std::uint32_t lowest = depth_;
  for (const std::unique_ptr<HostSlot>& slot : slots_)
    for (const Lane& lane : slot->lanes) lowest = std::min(lowest, lane.dealer->in_flight());
  return lowest;
}

void BoardExecutor::deal_again() {
  std::size_t spare = workers_to_spare();
  // What lay behind a running task would not reach the hosts that are to come before that task has ended.
  const std::uint32_t top = hosts_to_come_ ? 1 : depth_;
  for (std::uint32_t level = lowest_level(); level < top && !requeued_.empty() && !broken_; ++level) {
    for (const std::unique_ptr<HostSlot>& slot : slots_) {
      if (!slot->takes_work() || level >= depth_of(*slot)) continue;
      for (Lane& lane : slot->lanes) {
        if (requeued_.empty()) return;
        if (may_take(*slot) == 0) break;
        const bool idle = lane.dealer->in_flight() == 0;
        if (lane.dealer->in_flight() > level || (idle && spare == 0)) continue;
        const auto next = next_for(*slot);
        if (next == requeued_.end()) break;
        if (deal_to(*slot, lane, next->deal())) requeued_.erase(next), spare -= idle;
        if (broken_) return;
      }
    }
  }
}

/// Suspects of a death that nobody owned up to: each alone in a fresh host, so that the guilty one is known.
void BoardExecutor::run_suspects() {
  if (halted_) return;
  std::uint32_t solos = 0;
  for (const std::unique_ptr<HostSlot>& slot : slots_) solos += slot->isolated();
  const std::uint32_t limit = std::max(setting_.workers, 1u);
  while (!suspects_.empty() && solos < limit && !broken_ && may_start()) {
    HostSlot* slot = add_slot(SlotKind::isolated);
    if (slot == nullptr) return;
    ++solos;
    if (deal_to(*slot, slot->lanes.front(), suspects_.front().deal())) suspects_.pop_front();
  }
}

BoardExecutor::Waiting BoardExecutor::waiting(const Item& item, std::string_view params, bool begun) {
  if (item.blob == 0) return {item.task, item.attempt, std::string(params), {}, begun};
  const LargeParams& large = large_params_[item.task];
  return {item.task, item.attempt, large.params, large.blobs, begun};
}

/// The tail of a stage: work that waits behind a busy worker goes to one that has nothing to do.
void BoardExecutor::rebalance() {
  for (;;) {
    std::uint32_t most = 1;
    Lane* victim = nullptr;
    bool someone_idle = false;
    for (const std::unique_ptr<HostSlot>& slot : slots_) {
      if (!slot->takes_work()) continue;
      for (Lane& lane : slot->lanes) {
        const std::uint32_t busy = lane.dealer->in_flight();
        someone_idle = someone_idle || (busy == 0 && may_take(*slot) != 0);
        if (busy > most) most = busy, victim = &lane;
      }
    }
    if (!someone_idle || victim == nullptr || workers_to_spare() == 0) return;
    const std::uint32_t taken =
        victim->dealer->take_back(most / 2, [&](const Item& item, std::string_view params) { requeued_.push_front(waiting(item, params)); });
    if (taken == 0) return;
    deal_again();
    // A retry may go to none of the idle ones.
    if (!requeued_.empty() || victim->dealer->in_flight() >= most) return;
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
  if (!refused_.empty()) in = std::min(in, std::max(room_limit_.try_at_ns() - pool_.now_ns(), kFirstLookNs));
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
  flush(listener);
  account();
  if (halted_ || listener.stops()) return;
  if (!broken_) dispatch();
  if (!broken_) run_suspects();
  if (!broken_ && !more && requeued_.empty()) rebalance();
  publish();
  account();
  begin_look_ns_ = std::min(std::max(begin_look_ns_ * 2, kFirstLookNs), kLongestLookNs);
  if (!pending_warning_.empty()) listener.warning(std::exchange(pending_warning_, {}));
  if (broken_) listener.broken(*broken_);
}

void BoardExecutor::halt(Halt halt, ExecutorListener& listener) {
  if (!std::exchange(halted_, true)) {
    const auto never = [&](const Waiting& waiting) {
      end_without_result(waiting.task, waiting.attempt, waiting.begun ? Outcome::cancelled : Outcome::not_started, 0,
                         waiting.begun ? kStoppedWhile : kStoppedBefore, nullptr, 0, 0);
    };
    for (const std::unique_ptr<HostSlot>& slot : slots_) {
      if (slot->host->dead()) continue;
      for (Lane& lane : slot->lanes)
        lane.dealer->take_back(lane.dealer->in_flight(), [&](const Item& item, std::string_view params) { never(waiting(item, params)); });
    }
    for (std::deque<Waiting>* queue : {&requeued_, &suspects_, &incoming_}) {
      for (const Waiting& waiting : *queue) never(waiting);
      queue->clear();
    }
    for (const Refused& refused : refused_) never(refused.waiting);
    refused_.clear();
    flush(listener);
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
  const auto tell = [&](std::uint64_t count, std::string_view one, std::string_view many, std::string_view what) {
    if (count != 0) listener.warning(fmt::format("stage '{}': {} {} {}", stage_.name, count, count == 1 ? one : many, what));
  };
  tell(dropped_logs_, "log line was", "log lines were", "dropped: its tasks log faster than the engine reads");
  tell(cut_log_bytes_, "byte", "bytes", "of log lines beyond 1 KiB were not kept");
  tell(unkept_bytes_, "byte", "bytes", "that its tasks printed were not kept (limits.output)");
  tell(unkept_tasks_, "task", "tasks", "printed more at once than is kept; a larger limits.output keeps more");
  tell(open_failures_, "task", "tasks", "failed because open() of the task type failed");
  tell(late_calls_, "call", "calls", fmt::format("of functions of the host, such as {}(), came after the end of their tasks and had no effect", late_function_));
  tell(left_behind_, "process", "processes", "that its tasks left running were killed");
}

/// Fewer hosts do the same work: said once, and nothing is lost. False if there is none.
bool BoardExecutor::go_on_with_fewer(Counting counting, std::string_view why) {
  std::uint32_t alive = 0;
  for (const std::unique_ptr<HostSlot>& slot : slots_) alive += !slot->host->dead() && (counting == Counting::on_their_way || slot->host->pid() != 0);
  if (alive == 0) return false;
  hosts_limit_ = std::min(hosts_limit_, alive);
  more_hosts_pause_ns_ = std::clamp(2 * more_hosts_pause_ns_, kMinHostsPauseNs, kMaxHostsPauseNs);
  more_hosts_at_ns_ = pool_.now_ns() + more_hosts_pause_ns_;
  report_shortage(fmt::format("stage '{}' goes on with {} host{}: {}", stage_.name, alive, alive == 1 ? "" : "s", why));
  return true;
}

/// A stage that has no host at all waits for one while other stages of the run go on. False: there is nobody to wait for.
bool BoardExecutor::wait_for_others(std::string_view why) {
  if (!others_work()) return false;
  wait_until_ns_ = pool_.now_ns() + kStartAgainNs;
  report_shortage(fmt::format("stage '{}' waits until others give room for its hosts: {}", stage_.name, why));
  return true;
}

void BoardExecutor::break_down(Error error) {
  if (!broken_) broken_ = std::move(error);
}

}  // namespace ropewalk
