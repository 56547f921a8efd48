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
  lane.started_told = lane.dealer->done() + 1;
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
  if (back_off_.hopeless(now) && !any_host_works()) give_up(member);
}

bool BoardExecutor::any_host_works() const {
  return std::any_of(team_.begin(), team_.end(), [](const std::unique_ptr<HostSlot>& member) {
    return member->works && member->killed_ns == 0 && !member->host->dead();
  });
}

void BoardExecutor::note_progress(HostSlot& member) {
  if (!std::exchange(member.works, true)) back_off_.host_works();
  else back_off_.progressed();
}

/// For a host that had begun no task.
StartBackOff::Cause BoardExecutor::cause_of_death(const HostSlot& member) const {
  const bool by_the_engine = member.killed_ns != 0 || member.killed_for == KilledFor::memory;
  return !by_the_engine && member.host->killed_from_outside() ? StartBackOff::Cause::outside : StartBackOff::Cause::own;
}

/// For a host that had begun no task: a predicate for a sentence about it.
std::string BoardExecutor::how_it_died(const HostSlot& member) const {
  if (member.killed_for == KilledFor::memory && stage_.limits.memory_bytes)
    return fmt::format("used more memory than its limit of {} (limits.memory)", size_text(*stage_.limits.memory_bytes));
  if (member.killed_for == KilledFor::want_of_memory) return "was killed by the kernel, because the machine had no memory left";
  if (member.killed_for == KilledFor::standstill) return fmt::format("did not begin its task within {}", duration_text(kBeginningNs));
  if (member.killed_ns != 0 && !member.host->loaded()) return fmt::format("did not load its plugin within {}", duration_text(kLoadingNs));
  return member.host->how_it_died();
}

/// Fails the stage. Hosts that are still starting lose their items first, so that none begins a task that is reported as
/// not started; if one has begun a task in the meantime, the stage continues.
void BoardExecutor::give_up(const HostSlot& last) {
  for (const std::unique_ptr<HostSlot>& member : team_) {
    if (member->host->dead()) continue;
    take_all_back(*member);
    for (const Lane& lane : member->lanes)
      if (lane.dealer->busy()) note_progress(*member);
  }
  if (any_host_works()) return;
  if (last.host->refusal()) return break_down(*last.host->refusal());
  const StartBackOff::Unused unused = back_off_.in_a_row();
  if (unused.own >= unused.outside)
    return break_down({codes::kNoHost,
                       fmt::format("stage '{}': {} hosts in a row ended before they had run a task; the last one {}", stage_.name, unused.all(),
                                   how_it_died(last)),
                       {},
                       {"`ropewalk plugins check` loads a plugin by itself and says what is wrong with it"}});
  const bool memory = last.killed_for == KilledFor::want_of_memory;
  const std::int64_t idle_ns = back_off_.without_progress_ns(pool_.now_ns());
  break_down({codes::kHostsKilled,
              fmt::format("stage '{}': {} of {} hosts in a row were killed from outside before they began a task, and no task has begun or ended for {}; "
                          "the last host {}",
                          stage_.name, unused.outside, unused.all(), duration_text(idle_ns - idle_ns % 100'000'000), how_it_died(last)),
              {},
              {memory ? "use fewer `workers`, or stop other programs that use the machine's memory"
                      : "find out what kills processes named ropewalk-host (a watchdog, a batch system, `pkill`), stop it, and start the run again"}});
}

/// Gives everything that a dead host had to where it belongs: its verdict, another host, or a host of its own.
void BoardExecutor::settle(HostSlot& member) {
  Host& host = *member.host;
  std::vector<WorkerState> hands;
  for (const Lane& lane : member.lanes) hands.push_back({lane.dealer->busy(), lane.evidence});
  const std::vector<Verdict> verdicts = judge(hands);
  const bool alone = host.key()->workers == 1;
  bool blamed = false;
  for (std::uint32_t worker = 0; worker < member.lanes.size(); ++worker) {
    Lane& lane = member.lanes[worker];
    const std::uint64_t running = lane.dealer->busy() ? lane.dealer->running()->task : ~std::uint64_t{0};
    const std::int64_t began_ns = lane.dealer->busy() ? std::min(pool_.clock().to_ns(lane.dealer->begun_at()), monotonic_ns()) : 0;
    lane.dealer->abandon([&](const board::Item& item, std::string_view params) {
      const bool damaged = member.killed_for == KilledFor::damage;
      // In a damaged lane `begun` is not to be believed: its oldest item may be the one that did it, or a bystander.
      const bool begun = damaged ? &item == lane.dealer->oldest() : item.task == running;
      const auto end = [&](Outcome outcome, std::int32_t detail, std::string_view message, std::string_view evidence = {}) {
        if (begun && lane.started_told <= lane.dealer->done()) started_.push_back({item.task, item.attempt});
        end_without_result(item.task, item.attempt, outcome, detail, message, begun ? &member : nullptr, worker, begun ? began_ns : 0, evidence);
        if (begun) attach_output(ended_.back(), lane);
      };
      const auto run_again = [&](std::deque<Waiting>& queue) {
        if (!stage_.type().repeatable) end(Outcome::lost, 0, "its host died with it, and its task type must not be repeated");
        else if (halted_) end(Outcome::cancelled, 0, kStoppedWhile);
        else if (&queue == &requeued_) requeued_.push_front(waiting(item, params, true));
        else queue.push_back(waiting(item, params, true));
      };
      if (damaged && !stage_.type().repeatable) {
        blamed = true;
        end(Outcome::lost, 0, host.broken().empty() ? "its host's memory was damaged, and its task type must not be repeated"
                                                    : "its host broke the protocol, and its task type must not be repeated");
        return;
      }
      if (!begun) {
        if (halted_) end(Outcome::not_started, 0, kStoppedBefore);
        else requeued_.push_back(waiting(item, params));
        return;
      }
      blamed = true;
      if (host.unkillable()) {
        // Whatever it was killed for: nothing that may still run is begun a second time.
        if (lane.watch.watching(lane.dealer->done()) && lane.watch.overrun() != AttemptWatch::Overrun::none)
          end(Outcome::timed_out, 0, overrun_message(lane) + "; " + unkillable_message());
        else if (killed_) end(Outcome::cancelled, 0, "the run was stopped while it ran; " + unkillable_message());
        else end(Outcome::lost, 0, unkillable_message());
        ended_.back().kind = FailureKind::permanent;
        return;
      }
      // An earlier task of the host may have stopped it, or a task of another one.
      if (member.killed_for == KilledFor::standstill && !member.isolated) return run_again(suspects_);
      const bool isolated = host.key()->one_task;
      if (lane.watch.watching(lane.dealer->done()) && lane.watch.overrun() != AttemptWatch::Overrun::none)
        return end(Outcome::timed_out, 0, overrun_message(lane));
      if (killed_) return end(Outcome::cancelled, 0, kStoppedWhile);
      if (host.lost()) return run_again(requeued_);
      switch (member.killed_for) {
        case KilledFor::damage:
          // Alone in its host, nobody else can have done it.
          if (host.key()->one_task)
            return end(Outcome::failed, 0, host.broken().empty() ? "the task damaged the memory in which its host keeps results"
                                                                 : "the task broke the protocol of its host: the engine received " + host.broken());
          return halted_ ? end(Outcome::cancelled, 0, kStoppedWhile) : suspects_.push_back(waiting(item, params, true));
        case KilledFor::cut_off:
          // An earlier task of the host may have done it.
          return isolated ? end(Outcome::failed, 0, "the task closed the connection of its host to the engine, or replaced the program of its process (exec)")
                          : run_again(suspects_);
        case KilledFor::standstill:
          return end(Outcome::failed, 0, fmt::format("the task's process was stopped and did not continue within {}", duration_text(kStoppedLooks * kStoppedLookNs)));
        case KilledFor::plugin_changed:
        case KilledFor::overrun: return run_again(requeued_);  // somebody else's
        case KilledFor::memory:
          return alone ? end(Outcome::out_of_memory, 0, memory_message(stage_.limits)) : run_again(suspects_);
        case KilledFor::want_of_memory:
          return alone ? end(Outcome::out_of_memory, 0, memory_message({})) : run_again(suspects_);
        case KilledFor::nothing: break;
      }
      // It leaves no evidence, and the sender is not known: a task whose type must not be repeated ends as it seems.
      const bool killed = WIFSIGNALED(host.wait_status()) && WTERMSIG(host.wait_status()) == SIGKILL && !lane.evidence;
      if (killed && verdicts[worker] != Verdict::innocent && stage_.type().repeatable && !halted_ && ++kills_[item.task] < kKillsBeforeBlame)
        return run_again(suspects_);
      switch (verdicts[worker]) {
        case Verdict::idle: break;  // not possible: it has begun
        case Verdict::guilty: {
          kills_.erase(item.task);  // the next attempt has not been killed yet
          Death death = describe_death(host.wait_status(), lane.evidence);
          if (death.detail == SIGXFSZ && stage_.limits.file_bytes)
            death.message = fmt::format("a file that the task wrote reached its limit of {} (limits.files)", size_text(*stage_.limits.file_bytes));
          const std::string printed = host.key()->shares_output() ? member.printed_last : printed_by(lane.output);
          end(death.outcome, death.detail, death.message, evidence_of(lane.backtrace, lane.last_words, printed));
          break;
        }
        case Verdict::innocent: run_again(requeued_); break;
        case Verdict::suspect: run_again(suspects_); break;
      }
    });
  }
  if (blamed) note_progress(member);
  else if (!host.lost() && !member.works) back_off_.host_ended_unused(cause_of_death(member), pool_.now_ns());
}

}  // namespace ropewalk
