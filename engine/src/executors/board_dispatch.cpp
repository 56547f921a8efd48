// The part of BoardExecutor that gives tasks to workers: it fills in the loads of its slots, lets the dispatcher
// decide, and carries that out. It starts the hosts that are missing.

#include "executors/board_executor.hpp"

#include <ropewalk/codes.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace ropewalk {
namespace {

using dispatcher::Given;

}  // namespace

/// Valid until the next call.
std::span<SlotLoad> BoardExecutor::loads() {
  if (loads_.size() < slots_.size()) loads_.resize(slots_.size());  // and never smaller: it allocates nothing later
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    const HostSlot& slot = slots_[i];
    SlotLoad& load = loads_[i];
    load.has_place = slot.has_a_place();
    load.takes_work = slot.takes_work();
    load.failed_here = false;
    load.depth = slot.one_task() ? 1 : pace_.depth();
    load.may_take = slots_.may_take(slot);
    load.lanes.resize(slot.lanes.size());
    for (std::size_t j = 0; j < slot.lanes.size(); ++j)
      load.lanes[j] = {slot.lanes[j].dealer->in_flight(), slot.lanes[j].dealer->free_slots()};
  }
  return std::span(loads_).first(slots_.size());
}

std::span<SlotLoad> BoardExecutor::loads_for_retry(std::uint64_t task) {
  const std::span<SlotLoad> loads = this->loads();
  if (backlog_.has_retries())
    for (std::size_t i = 0; i < slots_.size(); ++i)
      loads[i].failed_here = backlog_.has_failed_on(task, slots_[i].host->pid());
  return loads;
}

std::size_t BoardExecutor::room() {
  if (broken_ || halted_ || backlog_.refused() != 0) return 0;
  const std::size_t room = dispatcher::room(loads(), {.hosts = slots_.quota().hosts(),
                                                      .workers_per_host = placement_.workers_per_host,
                                                      .spare = workers_to_spare(),
                                                      .may_start = slots_.may_grow()});
  return room > backlog_.queued() ? room - backlog_.queued() : 0;
}

void BoardExecutor::deal(std::span<const Deal> tasks) {
  ends_.add_in_flight(tasks.size());
  bool retries = false;
  if (setting_.own_rules)
    for (const Deal& task : tasks)
      if (task.timeout_ns) dealer_.set_timeout(task.task, *task.timeout_ns);
  for (std::size_t i = 0; (stage_.retries.max != 0 || setting_.own_rules) && i < tasks.size(); ++i) {
    if (tasks[i].failed_on.empty()) continue;
    retries = true;
    backlog_.set_failed_on(tasks[i].task, tasks[i].failed_on);
  }
  std::size_t next = 0;
  // The short way: straight into the lanes while all hosts are there and nothing waits before it.
  if (backlog_.queued() == 0 && !retries && !room_limit_.limited()) {
    // In runs, so that each lane is looked at a few times and not once a task; short ones where tasks are long, so that
    // they begin in their order. New hosts come before a second helping for the old ones.
    const std::uint32_t top = slots_.size() < slots_.quota().hosts() ? 1 : pace_.depth();
    const dispatcher::Levels levels{.top = top, .step = std::max(1u, pace_.depth() / 8)};
    dispatcher::deal_out(loads(), levels, dispatcher::kUnlimited, [&](std::size_t slot, std::size_t lane) {
      if (next == tasks.size()) return Given::stop;
      if (!deal_to(slots_[slot], slots_[slot].lanes[lane], tasks[next])) return Given::lane_full;
      ++next;
      return Given::yes;
    });
  }
  for (; next < tasks.size(); ++next) backlog_.add(tasks[next]);
  dispatch();
  publish();
  account();
}

/// Gives everything that waits to workers, starting hosts as they are needed.
void BoardExecutor::dispatch() {
  release_refused();
  find_places_for_retries();
  hosts_to_come_ = false;
  if (backlog_.queued() != 0) add_hosts();
  deal_waiting();
}

void BoardExecutor::deal_waiting() {
  if (backlog_.queued() == 0) return;
  // An item behind a running task would not reach the hosts that are to come before that task has ended.
  const std::uint32_t top = hosts_to_come_ ? 1 : pace_.depth();
  dispatcher::deal_out(loads(), {.top = top}, workers_to_spare(), [&](std::size_t index, std::size_t lane) {
    if (backlog_.queued() == 0 || broken_) return Given::stop;
    HostSlot& slot = slots_[index];
    const std::optional<std::size_t> next = backlog_.next_for(slot.host->pid());
    if (!next) return Given::not_here;
    if (!deal_to(slot, slot.lanes[lane], backlog_.queued_at(*next).deal())) return Given::lane_full;
    backlog_.dealt(*next);
    return Given::yes;
  });
}

/// A retry waits for a host where its task has not failed if there is one, or one may be started; a host that runs
/// nothing makes way for a new one. Where all that there can be are busy with other tasks, it may go back to one of
/// them.
void BoardExecutor::find_places_for_retries() {
  if (!backlog_.has_retries()) return;
  for (std::size_t i = 0; i < backlog_.queued(); ++i) {
    const std::uint64_t task = backlog_.queued_at(i).task;
    if (!backlog_.is_retry(task)) continue;
    const dispatcher::RetryPlace place = dispatcher::place_for_retry(loads_for_retry(task), slots_.quota().hosts());
    if (place.kind == dispatcher::RetryPlace::Kind::replace) dealer_.retire(slots_[place.slot]);
    if (place.kind == dispatcher::RetryPlace::Kind::anywhere) backlog_.forget_failures(task);
  }
}

/// Starts hosts for the attempts that wait, as far as there may be more.
void BoardExecutor::add_hosts() {
  slots_.quota().grow(pool_.now_ns());
  auto [present, idle] = dispatcher::presence(loads_for_retry(backlog_.queued_at(0).task));
  const std::size_t wanted = std::min(backlog_.queued(), workers_to_spare());
  // A stage without a host starts one in any case: what others start may last.
  while (idle < wanted && present < slots_.quota().hosts() && slots_.may_grow() && !broken_ && slots_.may_start()) {
    if (present != 0 && pool_.starts_enough(slots_.key())) {
      hosts_to_come_ = true;
      return;
    }
    HostSlot* slot = add_slot(SlotKind::shared);
    if (slot == nullptr) return;
    idle += slot->lanes.size();
    ++present;
  }
}

/// Runs each suspect of an unexplained death alone in a fresh host, so that the guilty one becomes known.
void BoardExecutor::run_suspects() {
  if (halted_) return;
  auto isolated = static_cast<std::uint32_t>(std::count_if(
      slots_.begin(), slots_.end(), [](const std::unique_ptr<HostSlot>& slot) { return slot->isolated(); }));
  const std::uint32_t limit = std::max(setting_.workers, 1u);
  while (backlog_.isolated() != 0 && isolated < limit && !broken_ && slots_.may_start()) {
    HostSlot* slot = add_slot(SlotKind::isolated);
    if (slot == nullptr) return;
    ++isolated;
    if (deal_to(*slot, slot->lanes.front(), backlog_.first_isolated().deal())) backlog_.dealt_isolated();
  }
}

/// The tail of a stage: work that waits behind a busy worker goes to one that has nothing to do.
void BoardExecutor::rebalance() {
  while (const std::optional<dispatcher::TakeBack> from = dispatcher::rebalance(loads(), workers_to_spare())) {
    Lane& busiest = slots_[from->slot].lanes[from->lane];
    const std::uint32_t items = busiest.dealer->in_flight();
    const std::uint32_t taken = dealer_.take_first_back(busiest, from->items);
    if (taken == 0) return;
    deal_waiting();
    // A retry may go to none of the idle ones.
    if (backlog_.queued() != 0 || busiest.dealer->in_flight() >= items) return;
  }
}

HostSlot* BoardExecutor::add_slot(SlotKind kind) {
  const Result<HostSlot*> slot = slots_.add(kind);
  if (slot) return time_.leased(**slot, monotonic_ns()), *slot;
  if (pool_.make_room()) return nullptr;
  const Error why = slot.error().list.front();
  if (!go_on_with_fewer(HostSlots::Counting::on_their_way, why.message) && !wait_for_others(why.message))
    break_down(why);
  return nullptr;
}

bool BoardExecutor::deal_to(HostSlot& slot, Lane& lane, const Deal& deal) {
  if (lane.dealer->in_flight() == 0) lane.time.dealt(monotonic_ns());
  const TaskDealer::Dealt dealt = dealer_.deal(slot, lane, deal);
  if (dealt == TaskDealer::Dealt::no_memory)
    break_down({codes::kNoBoardMemory, fmt::format("no memory for the parameters of {}/{} ({} bytes)", stage_.name,
                                                   deal.task, deal.params.size())});
  return dealt == TaskDealer::Dealt::yes;
}

}  // namespace ropewalk
