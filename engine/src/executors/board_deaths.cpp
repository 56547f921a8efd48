// The part of BoardExecutor for hosts that have died: what they died of, what becomes of their tasks, and whether the
// stage goes on. verdict.cpp has the table, start_back_off.cpp the rules.

#include "base/text.hpp"
#include "executors/board_executor.hpp"
#include "plugin_files/identity.hpp"

#include <ropewalk/codes.hpp>

#include <fmt/format.h>
#include <sys/wait.h>

#include <algorithm>
#include <csignal>

namespace ropewalk {
namespace {

/// The last lines of what a process printed.
std::vector<std::string_view> last_lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty() && lines.size() < Lane::kLastWords) {
    if (text.back() == '\n') text.remove_suffix(1);
    const std::size_t start = text.find_last_of('\n') + 1;  // npos + 1: the beginning
    lines.push_back(text.substr(start));
    text = text.substr(0, start);
  }
  std::reverse(lines.begin(), lines.end());
  return lines;
}

std::string evidence_of(const std::string& backtrace, const std::deque<std::string>& last_words,
                        std::string_view printed) {
  std::string lines = backtrace;
  for (const std::string& words : last_words) lines.append("log: ").append(words).push_back('\n');
  for (const std::string_view line : last_lines(printed)) lines.append("printed: ").append(line).push_back('\n');
  return lines;
}

/// The end of what the process of a lane's task printed.
std::string printed_by(const std::unique_ptr<KeptOutput>& output) {
  if (!output) return {};
  const KeptStream stream = output->of(OutputStream::process);
  return stream.whole() ? stream.head + stream.tail : stream.tail;
}

}  // namespace

/// Code of a file that is overwritten while it is mapped crashes. No task is to blame for that.
bool BoardExecutor::plugin_has_changed(const HostProcess& host) const {
  if (key_.plugin.image) return false;
  if (host.refusal()) return host.refusal()->code == codes::kPluginChanged;
  return WIFSIGNALED(host.wait_status()) && host.spawn_error().empty() &&
         identity_now(key_.plugin.file) != key_.plugin.identity;
}

void BoardExecutor::host_died(HostSlot& slot, ExecutorListener& listener) {
  HostProcess& host = *slot.host;
  take_last_printed(slot, listener);
  take_counts(slot);
  losses_.left_behind += host.left_behind();
  if (!host.not_ended().empty())
    listener.warning(
        fmt::format("stage '{}': {} that its tasks started could not be ended", stage_.name, host.not_ended()));
  if (!slot.start_reported && host.pid() != 0)
    listener.host_started(host.pid(), static_cast<std::uint32_t>(slot.lanes.size()));
  const bool changed = plugin_has_changed(host);
  slot.cause = cause_of_death(slot, changed);
  std::size_t left = 0;
  for (const Lane& lane : slot.lanes) left += lane.dealer->in_flight();
  if (left != 0)
    settle(slot);
  else if (slot.life.has_worked() && !killed_ && slot.cause == DeathCause::unknown)
    pool_.note_close(host, slot.life.has_been(SlotState::killed));
  reports_.flush(listener);
  if (host.pid() != 0) listener.host_ended(host.pid(), host.how_it_died(), host.kind_of_end());
  if (halted_) return;
  if (changed) return break_down(plugin_changed(key_.plugin.file));
  const std::int64_t now = pool_.now_ns();
  const bool not_started = !host.spawn_error().empty() ||
                           (WIFEXITED(host.wait_status()) && WEXITSTATUS(host.wait_status()) == wire::kExitNoThread);
  if (not_started || quota_.back_off().too_many(now)) {
    if (go_on_with_fewer(Counting::started,
                         not_started ? "a host " + host.how_it_died()
                                     : "hosts end before they have run a task; the last one " + how_it_died(slot)))
      return quota_.back_off().accept_fewer();
    if (not_started && wait_for_others("a host " + host.how_it_died())) return;
  }
  if (quota_.back_off().hopeless(now) && !any_host_works()) give_up(slot);
}

/// What a dead host died of. `changed`: its plugin's file is another one.
DeathCause BoardExecutor::cause_of_death(const HostSlot& slot, bool changed) {
  const HostProcess& host = *slot.host;
  const bool killed = WIFSIGNALED(host.wait_status()) && WTERMSIG(host.wait_status()) == SIGKILL;
  // It was on its way out when its socket closed.
  if (slot.cause == DeathCause::cut_off && !killed) return DeathCause::unknown;
  if (slot.cause != DeathCause::unknown) return slot.cause;
  if (changed) return DeathCause::plugin_changed;
  if (!killed || killed_) return DeathCause::unknown;
  if (slot.host->over_its_memory()) return DeathCause::memory;
  // Nobody here did it, and just now the kernel killed somebody for want of memory.
  return !host.lost() && pool_.memory_ran_out() ? DeathCause::want_of_memory : DeathCause::unknown;
}

bool BoardExecutor::any_host_works() const {
  return std::any_of(slots_.begin(), slots_.end(), [](const std::unique_ptr<HostSlot>& slot) {
    return slot->life.has_worked() && !slot->life.has_been(SlotState::killed) && !slot->host->dead();
  });
}

void BoardExecutor::note_progress(HostSlot& slot) {
  if (slot.life.has_worked()) return quota_.back_off().progressed();
  slot.life.begin_work(pool_.now_ns());
  quota_.back_off().host_works();
}

/// For a host that had begun no task.
StartBackOff::Cause BoardExecutor::start_cause(const HostSlot& slot) const {
  const bool by_the_engine = slot.life.has_been(SlotState::killed) || slot.cause == DeathCause::memory;
  return !by_the_engine && slot.host->killed_from_outside() ? StartBackOff::Cause::outside : StartBackOff::Cause::own;
}

/// For a host that had begun no task: a predicate for a sentence about it.
std::string BoardExecutor::how_it_died(const HostSlot& slot) const {
  if (slot.cause == DeathCause::memory && stage_.limits.memory_bytes)
    return fmt::format("used more memory than its limit of {} (limits.memory)", size_text(*stage_.limits.memory_bytes));
  if (slot.cause == DeathCause::want_of_memory)
    return "was killed by the kernel, because the machine had no memory left";
  if (slot.cause == DeathCause::standstill)
    return fmt::format("did not begin its task within {}", duration_text(kBeginningNs));
  if (slot.life.has_been(SlotState::killed) && !slot.host->loaded())
    return fmt::format("did not load its plugin within {}", duration_text(kLoadingNs));
  return slot.host->how_it_died();
}

/// Fails the stage. Hosts that are still starting lose their items first, so that none begins a task that is reported
/// as not started; if one has begun a task in the meantime, the stage continues.
void BoardExecutor::give_up(const HostSlot& last) {
  for (const std::unique_ptr<HostSlot>& slot : slots_) {
    if (slot->host->dead()) continue;
    take_all_back(*slot);
    for (const Lane& lane : slot->lanes)
      if (lane.dealer->busy()) note_progress(*slot);
  }
  if (any_host_works()) return;
  if (last.host->refusal()) return break_down(*last.host->refusal());
  const StartBackOff::Unused unused = quota_.back_off().in_a_row();
  if (unused.own >= unused.outside)
    return break_down({codes::kNoHost,
                       fmt::format("stage '{}': {} hosts in a row ended before they had run a task; the last one {}",
                                   stage_.name, unused.all(), how_it_died(last)),
                       {},
                       {"`ropewalk plugins check` loads a plugin by itself and says what is wrong with it"}});
  const bool memory = last.cause == DeathCause::want_of_memory;
  const std::int64_t idle_ns = quota_.back_off().without_progress_ns(pool_.now_ns());
  break_down({codes::kHostsKilled,
              fmt::format("stage '{}': {} of {} hosts in a row were killed from outside before they began a task, and "
                          "no task has begun or ended for {}; "
                          "the last host {}",
                          stage_.name, unused.outside, unused.all(), duration_text(idle_ns - idle_ns % 100'000'000),
                          how_it_died(last)),
              {},
              {memory ? "use fewer `workers`, or stop other programs that use the machine's memory"
                      : "find out what kills processes named ropewalk-host (a watchdog, a batch system, `pkill`), stop "
                        "it, and start the run again"}});
}

/// Gives everything that a dead host had to where it belongs: its outcome, another host, or a host of its own.
void BoardExecutor::settle(HostSlot& slot) {
  std::vector<WorkerState> workers;
  for (const Lane& lane : slot.lanes) workers.push_back({lane.dealer->busy(), lane.evidence});
  const std::vector<Blame> blames = blame(workers);
  bool had_begun = false;
  for (std::uint32_t worker = 0; worker < slot.lanes.size(); ++worker) {
    Lane& lane = slot.lanes[worker];
    lane.dealer->abandon([&](const board::Item& item, std::string_view params) {
      const ItemFacts facts = facts_of(slot, lane, item, blames[worker]);
      const Verdict verdict = judge(facts);
      if (facts.struck && verdict.action == Verdict::Action::isolate) ++kills_[item.task];
      had_begun = had_begun || verdict.had_begun;
      switch (verdict.action) {
        case Verdict::Action::queue:
          return backlog_.put_back(waiting(item, params), AttemptState::dealt, AttemptState::queued);
        case Verdict::Action::requeue:
          return backlog_.put_back(waiting(item, params, true), AttemptState::running, AttemptState::queued,
                                   Backlog::Order::first);
        case Verdict::Action::isolate:
          return backlog_.put_back(waiting(item, params, true), AttemptState::running, AttemptState::isolated);
        case Verdict::Action::end: return end_by_death(slot, lane, worker, item, facts, verdict);
      }
    });
  }
  if (had_begun)
    note_progress(slot);
  else if (!slot.host->lost() && !slot.life.has_worked())
    quota_.back_off().host_ended_unused(start_cause(slot), pool_.now_ns());
}

ItemFacts BoardExecutor::facts_of(const HostSlot& slot, const Lane& lane, const board::Item& item, Blame blame) const {
  // In a damaged lane the word of what has begun is not to be believed: its oldest item may be the guilty one, or a
  // bystander.
  const board::Item* const began = slot.cause == DeathCause::damage ? lane.dealer->oldest() : lane.dealer->running();
  const int status = slot.host->wait_status();
  const bool sigkill = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
  const auto kills = kills_.find(item.task);
  const unsigned kills_so_far = kills == kills_.end() ? 0 : kills->second;
  return {
      .cause = slot.cause,
      .blame = blame,
      .begun = began != nullptr && item.task == began->task,
      .overran = lane.overran(lane.dealer->done()),
      .alone = slot.host->key()->workers == 1,
      .one_task = slot.one_task(),
      .isolated = slot.isolated(),
      .struck = slot.cause == DeathCause::unknown && sigkill && !lane.evidence && kills_so_far + 1 < kKillsBeforeBlame,
      .unkillable = slot.host->unkillable(),
      .lost = slot.host->lost(),
      .halted = halted_,
      .killed_by_stop = killed_,
      .repeatable = stage_.type().repeatable};
}

/// Ends a task whose host has died.
void BoardExecutor::end_by_death(const HostSlot& slot, Lane& lane, std::uint32_t worker, const board::Item& item,
                                 const ItemFacts& facts, const Verdict& verdict) {
  std::int64_t began_ns = 0;
  if (facts.begun) {
    if (lane.dealer->busy()) began_ns = std::min(pool_.clock().to_ns(lane.dealer->begun_at()), monotonic_ns());
    if (lane.start_unreported()) reports_.add_started(item.task, item.attempt);
  }
  const HostSlot* const where = facts.begun ? &slot : nullptr;
  if (verdict.reason == EndReason::ended_host) {
    kills_.erase(item.task);  // the next attempt has not been hit yet
    Death death = describe_death(slot.host->wait_status(), lane.evidence);
    if (death.detail == SIGXFSZ && stage_.limits.file_bytes)
      death.message = fmt::format("a file that the task wrote reached its limit of {} (limits.files)",
                                  size_text(*stage_.limits.file_bytes));
    const std::string printed = slot.host->key()->shares_output() ? slot.printed_last : printed_by(lane.output);
    end_without_result(item.task, item.attempt, death.outcome, death.detail, death.message, where, worker, began_ns,
                       evidence_of(lane.backtrace, lane.last_words, printed));
  } else {
    end_without_result(item.task, item.attempt, verdict.outcome, 0, end_message(verdict, slot, lane), where, worker,
                       began_ns);
  }
  if (!verdict.may_retry) reports_.last_ended().kind = FailureKind::permanent;
  if (facts.begun) attach_output(reports_.last_ended(), lane);
}

std::string BoardExecutor::end_message(const Verdict& verdict, const HostSlot& slot, const Lane& lane) const {
  const std::string& broken = slot.host->broken();
  const auto beyond = [&](std::string text) {
    return verdict.may_retry ? text : std::move(text) + "; " + unkillable_message();
  };
  switch (verdict.reason) {
    case EndReason::none:
    case EndReason::ended_host: break;
    case EndReason::stopped_before: return std::string(kStoppedBefore);
    case EndReason::stopped_while: return beyond(std::string(kStoppedWhile));
    case EndReason::not_repeatable: return "its host died with it, and its task type must not be repeated";
    case EndReason::damage_unrepeatable:
      return broken.empty() ? "its host's memory was damaged, and its task type must not be repeated"
                            : "its host broke the protocol, and its task type must not be repeated";
    case EndReason::overrun: return beyond(overrun_message(lane));
    case EndReason::unkillable: return unkillable_message();
    case EndReason::damage:
      return broken.empty() ? "the task damaged the memory in which its host keeps results"
                            : "the task broke the protocol of its host: the engine received " + broken;
    case EndReason::cut_off:
      return "the task closed the connection of its host to the engine, or replaced the program of its process (exec)";
    case EndReason::standstill:
      return fmt::format("the task's process was stopped and did not continue within {}",
                         duration_text(kStoppedLooks * kStoppedLookNs));
    case EndReason::memory_limit: return memory_message(stage_.limits);
    case EndReason::no_memory: return memory_message({});
  }
  return {};
}

}  // namespace ropewalk
