// The part of BoardExecutor that reads what workers published.

#include "base/demangle.hpp"
#include "executors/board_executor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

namespace ropewalk {
namespace {

using board::RecordHead;
using board::RecordType;

constexpr std::size_t kMaxEvidence = 16 << 10;
constexpr std::size_t kLastPrinted = 2 << 10;  // bytes

/// A host says anything.
std::string name_of_function(std::string_view text) {
  const bool good =
      text.size() <= 32 && text.find_first_not_of("abcdefghijklmnopqrstuvwxyz_.") == std::string_view::npos;
  return good ? std::string(text) : "?";
}

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
  std::int64_t alive_ns = 0;  // read where something has ended
  for (std::uint32_t worker = 0; worker < slot.lanes.size(); ++worker) {
    Lane& lane = slot.lanes[worker];
    std::size_t first_unread = reports_.ended();
    std::int64_t run_ns = 0, count = 0;
    bool again = false;
    int rounds = 0;
    do {
      const std::size_t records =
          lane.dealer->drain(reports_.arena(), [&](const RecordHead& head, std::string_view payload) {
            if (head.type != RecordType::result && head.type != RecordType::error)
              return take_message(slot, lane, head, payload, listener);
            if (found_no_room(head) && wait_for_room(slot, lane, head, payload)) return;
            if (alive_ns == 0) alive_ns = longest_since(slot.leased_ns);
            end_attempt(slot, lane, worker, head, payload, alive_ns);
            run_ns += reports_.last_ended().run_ns;
            ++count;
            if (head.cpu_ns != board::kNoReading)
              share_cpu(lane, head, first_unread, alive_ns), first_unread = reports_.ended();
            if (reports_.full()) {
              lane.cpu_lent_ns += reports_.lend_cpu(first_unread);
              reports_.flush(listener);
              first_unread = 0;
            }
          });
      if (records != 0) host.was_read();
      if (count != 0) pace_.ended(run_ns, count);
      // Work that was published before the worker could see the new mark would ring no bell.
      again = lane.dealer->ring_after(pace_.ring_after(lane.dealer->in_flight()));
    } while (again && ++rounds < 4);
    look_now_ = look_now_ || again;
    lane.cpu_lent_ns += reports_.lend_cpu(first_unread);
    if (lane.dealer->broken() || !host.broken().empty()) kill(slot, DeathCause::damage);
    if (!host.dead()) report_started(lane, listener);
    if (lane.progress) report_progress(lane, listener);
    if (lane.dealer->busy()) note_progress(slot);
  }
  if (slot.has_run_its_task()) slot.life.retire(pool_.now_ns());
  judge_drift(slot, listener);
  if (host.has_output()) take_printed(slot, host.take_output(), listener);
  relieve(slot, listener);
  end_if_idle(slot);
  pace_.deepen();
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
      return retire(slot);
  }
}

void BoardExecutor::report_started(Lane& lane, ExecutorListener& listener) {
  if (!lane.dealer->busy() || !lane.start_unreported()) return;
  reports_.flush(listener);  // what ended before it
  const board::Item& item = *lane.dealer->running();
  lane.starts_reported = lane.dealer->done() + 1;
  begin_look_ns_ = 0;
  const TaskStarted started{item.task, item.attempt};
  listener.started({&started, 1});
}

/// What ends no attempt.
void BoardExecutor::take_message(HostSlot& slot, Lane& lane, const RecordHead& head, std::string_view payload,
                                 ExecutorListener& listener) {
  switch (head.type) {
    case RecordType::log:
      listener.said({head.task, head.attempt, static_cast<std::int32_t>(std::min(head.code, 3u)), payload});
      lane.last_words.emplace_back(payload);
      if (lane.last_words.size() > Lane::kLastWords) lane.last_words.pop_front();
      return;
    case RecordType::progress: return take_progress(lane, head, payload);
    case RecordType::output: return take_output(lane, head, payload, listener);
    case RecordType::unkept:
      if (head.code == static_cast<std::uint32_t>(board::Unkept::logged))
        losses_.cut_log_bytes += std::min<std::uint64_t>(head.end, 1ull << 40);
      else
        ++losses_.unkept_tasks;
      return;
    case RecordType::left_behind: losses_.left_behind += std::min<std::uint64_t>(head.end, 1u << 20); return;
    case RecordType::opening:
      lane.opening = head.code == static_cast<std::uint32_t>(board::Opening::begins);
      losses_.open_failures += head.code == static_cast<std::uint32_t>(board::Opening::failed);
      return;
    case RecordType::late:
      losses_.late_calls += std::min<std::uint64_t>(head.end, 1ull << 40);
      losses_.late_function = name_of_function(payload);
      return;
    case RecordType::evidence: lane.evidence = head.code; return;
    case RecordType::backtrace:
      if (lane.backtrace.size() < kMaxEvidence) lane.backtrace.append(demangled(payload)).push_back('\n');
      return;
    case RecordType::drift:
      slot.condition.drift = payload;
      slot.condition.new_drift |= head.code;
      return;
    case RecordType::worn:
      // Nothing is said of how much: a task was refused it.
      if (head.end == 0)
        slot.condition.spent = true;
      else
        slot.condition.wear =
            HostCondition::Wear{static_cast<board::WornBy>(head.code), head.start, std::string(payload)};
      return;
    case RecordType::waited:
      listener.waited(static_cast<std::int64_t>(std::min<std::uint64_t>(head.end, 1ull << 60)));
      return;
    case RecordType::result:
    case RecordType::error:
    case RecordType::wrap: return;
  }
}

/// The latest replaces the one before. A fraction that is no number from 0 to 1 becomes the nearest one.
void BoardExecutor::take_progress(Lane& lane, const RecordHead& head, std::string_view payload) {
  double fraction = 0;
  if (payload.size() < sizeof fraction) return;
  std::memcpy(&fraction, payload.data(), sizeof fraction);
  if (!lane.progress) lane.progress.emplace();
  lane.progress->task = head.task;
  lane.progress->attempt = head.attempt;
  lane.progress->fraction = std::isnan(fraction) ? 0 : std::clamp(fraction, 0.0, 1.0);
  lane.progress->text = payload.substr(sizeof fraction);
}

/// Of an attempt that still runs. The host is believed as to how far it has come, and not as to which attempt it runs.
void BoardExecutor::report_progress(Lane& lane, ExecutorListener& listener) {
  const std::optional<Lane::Progress> progress = std::exchange(lane.progress, std::nullopt);
  const board::Item* const item = lane.dealer->running();
  if (item == nullptr || item->task != progress->task || item->attempt != progress->attempt) return;
  listener.progressed({item->task, item->attempt, progress->fraction, progress->text});
}

/// A piece of what the running task wrote. The host is believed as to its bytes, and to nothing else.
void BoardExecutor::take_output(Lane& lane, const RecordHead& head, std::string_view payload,
                                ExecutorListener& listener) {
  const board::Item* const item = lane.dealer->oldest();
  if (item == nullptr || item->task != head.task || head.code >= KeptOutput::kStreams) return;
  if (!lane.output) lane.output = std::make_unique<KeptOutput>();
  const auto stream = static_cast<OutputStream>(head.code);
  if (stream == OutputStream::process)
    lane.output->add(stream, payload);
  else
    lane.output->put(stream, std::min<std::uint64_t>(head.start, 1ull << 60), payload);
  if (stream != OutputStream::out) listener.output({item->task, item->attempt, stream, payload});
}

/// What all tasks of a host printed together.
void BoardExecutor::take_printed(HostSlot& slot, std::string_view text, ExecutorListener& listener) {
  losses_.unkept_bytes += slot.host->take_unkept();
  const std::uint64_t all = stage_.limits.output_bytes.value_or(~std::uint64_t{0});
  const std::string_view kept = text.substr(0, all - std::min(all, losses_.printed_bytes));
  losses_.printed_bytes += kept.size();
  losses_.unkept_bytes += text.size() - kept.size();
  if (kept.empty()) return;
  slot.printed_last.append(kept.substr(kept.size() - std::min(kept.size(), kLastPrinted)));
  if (slot.printed_last.size() > kLastPrinted) slot.printed_last.erase(0, slot.printed_last.size() - kLastPrinted);
  listener.host_output(slot.host->pid(), kept);
}

/// What a dead host wrote and had not handed over. Where it had one worker it is of the task that ran, if one did.
void BoardExecutor::take_last_printed(HostSlot& slot, ExecutorListener& listener) {
  const std::string text = slot.host->take_output();
  Lane* const lane = slot.lanes.size() == 1 && !slot.host->key()->shares_output() ? &slot.lanes.front() : nullptr;
  const board::Item* const item = lane != nullptr ? lane->dealer->running() : nullptr;
  if (item == nullptr) return take_printed(slot, text, listener);
  if (text.empty()) return;
  if (!lane->output) lane->output = std::make_unique<KeptOutput>();
  lane->output->add(OutputStream::process, text);
  listener.output({item->task, item->attempt, OutputStream::process, text});
}

void BoardExecutor::take_counts(HostSlot& slot) {
  for (Lane& lane : slot.lanes) {
    const std::uint32_t dropped = lane.dealer->dropped_logs();
    losses_.dropped_logs += dropped - std::exchange(lane.dropped_logs, dropped);
  }
}

}  // namespace ropewalk
