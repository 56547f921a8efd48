// The part of BoardExecutor that reads what workers published.

#include "executors/board_executor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace ropewalk {
namespace {

using board::RecordHead;
using board::RecordType;

}  // namespace

void BoardExecutor::drain_slot(HostSlot& slot, ExecutorListener& listener) {
  HostProcess& host = *slot.host;
  // It may be quicker than the warden's word of it, which is on its way and wakes the engine again.
  if (host.pid() == 0 && !host.dead()) return;
  if (!slot.start_reported && host.pid() != 0 && host.spawn_error().empty()) {
    slot.start_reported = true;
    listener.host_started(host.pid(), static_cast<std::uint32_t>(slot.lanes.size()));
  }
  if (placement_.host_per_task && host.threads_after_loading() > 1 && !std::exchange(reported_threads_, true))
    listener.warning(fmt::format(
        "stage '{}': plugin '{}' starts threads when it is loaded, so that its process cannot be forked: each task "
        "gets a freshly started one, which takes some milliseconds",
        stage_.name, stage_.plugin->name));
  if (slot.lanes.size() > host.workers()) leave_out_workers(slot);
  time_.look(slot);
  std::int64_t alive_ns = 0;
  for (std::uint32_t worker = 0; worker < slot.lanes.size(); ++worker) drain_lane(slot, worker, alive_ns, listener);
  if (slot.has_run_its_task()) slot.life.retire(pool_.now_ns());
  judge_drift(slot, listener);
  if (host.has_output()) messages_.take_printed(slot, host.take_output(), listener);
  relieve(slot, listener);
  slots_.end_if_idle(slot);
  pace_.deepen();
}

/// `alive_ns`: how long the host can have been there, read where something has ended; 0: not yet.
void BoardExecutor::drain_lane(HostSlot& slot, std::uint32_t worker, std::int64_t& alive_ns,
                               ExecutorListener& listener) {
  HostProcess& host = *slot.host;
  Lane& lane = slot.lanes[worker];
  std::size_t first_unread = ends_.reports().ended();
  std::int64_t run_ns = 0, count = 0;
  // Most ends of short tasks cost the ledger nothing: they are counted together, where that comes to the same.
  bool together = time_.counts_together(lane);
  struct {
    std::int64_t attempts = 0, run_ns = 0, to_ns = 0;
  } unsettled;
  const auto settle = [&] {
    if (unsettled.attempts == 0) return;
    time_.ended_together(lane, unsettled.attempts, unsettled.run_ns, unsettled.to_ns);
    unsettled = {};
  };
  bool again = false;
  int rounds = 0;
  do {
    const std::size_t records =
        lane.dealer->drain(ends_.reports().arena(), [&](const RecordHead& head, std::string_view payload) {
          if (head.type != RecordType::result && head.type != RecordType::error) {
            if (head.type == RecordType::opening) settle(), together = false;
            if (head.type == RecordType::waited || head.type == RecordType::opening) take_measured(slot, lane, head);
            return messages_.take(slot, lane, head, payload, listener);
          }
          if (AttemptEnds::found_no_room(head) && wait_for_room(slot, lane, head, payload)) return;
          if (alive_ns == 0) alive_ns = ends_.longest_since(slot.leased_ns);
          ends_.attempt(slot, lane, worker, head, payload, alive_ns);
          const AttemptResult& last = ends_.reports().last_ended();
          run_ns += last.run_ns;
          ++count;
          if (together)
            ++unsettled.attempts, unsettled.run_ns += last.run_ns, unsettled.to_ns = last.started_ns + last.run_ns;
          else
            time_.ended(lane, last.task, last.started_ns, last.run_ns);
          if (head.cpu_ns != board::kNoReading) {
            settle();
            time_.read_cpu(slot, lane, ends_.share_cpu(lane, head, first_unread, alive_ns));
            first_unread = ends_.reports().ended();
          }
          if (ends_.reports().full()) {
            settle();
            lane.cpu_lent_ns += ends_.reports().lend_cpu(first_unread);
            ends_.reports().flush(listener);
            first_unread = 0;
          }
        });
    settle();
    if (records != 0) host.was_read();
    if (count != 0) pace_.ended(run_ns, count);
    // Work that was published before the worker could see the new mark would ring no bell.
    again = lane.dealer->ring_after(pace_.ring_after(lane.dealer->in_flight()));
  } while (again && ++rounds < 4);
  look_now_ = look_now_ || again;
  lane.cpu_lent_ns += ends_.reports().lend_cpu(first_unread);
  if (lane.dealer->broken() || !host.broken().empty()) slots_.kill_for(slot, DeathCause::damage);
  if (!host.dead()) report_started(lane, listener);
  if (lane.progress) messages_.report_progress(lane, listener);
  if (lane.dealer->busy()) slots_.note_progress(slot);
}

void BoardExecutor::judge_drift(HostSlot& slot, ExecutorListener& listener) {
  const std::uint32_t kinds = std::exchange(slot.condition.new_drift, 0);
  if (kinds == 0 || slot.life.has_been(SlotState::retiring) || slot.one_task()) return;
  std::uint64_t tasks = 0;
  for (const Lane& lane : slot.lanes) tasks += lane.dealer->done();
  switch (drift_book_.changed(kinds, tasks, pool_.now_ns() - slot.leased_ns)) {
    case DriftBook::Verdict::keep: return;
    case DriftBook::Verdict::keep_from_now:
      listener.warning(
          fmt::format("stage '{}': its tasks change the process that they run in ({}), and do so in fresh ones too: "
                      "such a host is kept from now on "
                      "(`drift: replace` replaces each)",
                      stage_.name, slot.condition.drift));
      return;
    case DriftBook::Verdict::replace:
      if (!std::exchange(reported_recycled_, true))
        listener.warning(
            fmt::format("stage '{}': its tasks change the process that they run in ({}); such a host is replaced",
                        stage_.name, slot.condition.drift));
      return dealer_.retire(slot);
  }
}

/// What a worker measures of itself between tasks.
void BoardExecutor::take_measured(HostSlot& slot, Lane& lane, const RecordHead& head) {
  const auto ns = [](std::uint64_t said) {
    return static_cast<std::int64_t>(std::min(said, static_cast<std::uint64_t>(LaneTime::kMaxNs)));
  };
  if (head.type == RecordType::waited) return time_.measured(slot, ns(head.end), ns(head.start), ns(head.cpu_ns));
  if (head.code == static_cast<std::uint32_t>(board::Opening::begins))
    lane.time.open_began(pool_.clock().to_ns(head.start));
  else
    lane.time.open_ended(pool_.clock().to_ns(head.end), ns(head.cpu_ns));
}

void BoardExecutor::report_started(Lane& lane, ExecutorListener& listener) {
  if (!lane.dealer->busy() || !lane.start_unreported()) return;
  ends_.reports().flush(listener);  // what ended before it
  const board::Item& item = *lane.dealer->running();
  lane.starts_reported = lane.dealer->done() + 1;
  begin_look_ns_ = 0;
  const TaskStarted started{item.task, item.attempt};
  listener.started({&started, 1});
}

}  // namespace ropewalk
