// The part of BoardExecutor for hosts that have died: what they died of, what becomes of their tasks, and whether the
// stage goes on. verdict.cpp has the table, start_back_off.cpp the rules.

#include "base/text.hpp"
#include "executors/board_executor.hpp"
#include "executors/death_texts.hpp"
#include "plugin_files/identity.hpp"

#include <ropewalk/codes.hpp>

#include <fmt/format.h>
#include <sys/wait.h>

#include <algorithm>
#include <csignal>

namespace ropewalk {
namespace {

/// Code of a file that is overwritten while it is mapped crashes. No task is to blame for that.
bool plugin_has_changed(const HostProcess& host, const PluginBuild& plugin) {
  if (host.refusal()) return host.refusal()->code == codes::kPluginChanged;
  if (plugin.image || !plugin.interpreter.empty()) return false;
  return WIFSIGNALED(host.wait_status()) && host.spawn_error().empty() && identity_now(plugin.file) != plugin.identity;
}

/// For a host that had begun no task.
StartBackOff::Cause start_cause(const HostSlot& slot) {
  const bool by_the_engine = slot.life.has_been(SlotState::killed) || slot.cause == DeathCause::memory;
  return !by_the_engine && slot.host->killed_from_outside() ? StartBackOff::Cause::outside : StartBackOff::Cause::own;
}

}  // namespace

void BoardExecutor::host_died(HostSlot& slot, ExecutorListener& listener) {
  HostProcess& host = *slot.host;
  messages_.take_last_printed(slot, listener);
  messages_.count_dropped_logs(slot);
  messages_.count_left_behind(host.left_behind());
  if (!host.not_ended().empty())
    listener.warning(
        fmt::format("stage '{}': {} that its tasks started could not be ended", stage_.name, host.not_ended()));
  if (!slot.start_reported && host.pid() != 0)
    listener.host_started(host.pid(), static_cast<std::uint32_t>(slot.lanes.size()));
  const bool changed = plugin_has_changed(host, slots_.key().plugin);
  slot.cause = cause_of_death(slot, changed);
  time_.died(slot, pool_.clock(), monotonic_ns());
  std::size_t left = 0;
  for (const Lane& lane : slot.lanes) left += lane.dealer->in_flight();
  if (left != 0)
    settle(slot);
  else if (slot.life.has_worked() && !killed_ && slot.cause == DeathCause::unknown)
    pool_.note_close(host, slot.life.has_been(SlotState::killed));
  ends_.reports().flush(listener);
  if (host.pid() != 0) listener.host_ended(host.pid(), host.how_it_died(), host.kind_of_end());
  if (halted_) return;
  if (changed) return break_down(plugin_changed(slots_.key().plugin.file));
  const std::int64_t now = pool_.now_ns();
  const bool not_started = !host.spawn_error().empty() ||
                           (WIFEXITED(host.wait_status()) && WEXITSTATUS(host.wait_status()) == wire::kExitNoThread);
  if (not_started || slots_.quota().back_off().too_many(now)) {
    if (go_on_with_fewer(HostSlots::Counting::started,
                         not_started
                             ? "a host " + host.how_it_died()
                             : "hosts end before they have run a task; the last one " + how_it_died(slot, stage_)))
      return slots_.quota().back_off().accept_fewer();
    if (not_started && wait_for_others("a host " + host.how_it_died())) return;
  }
  if (slots_.quota().back_off().hopeless(now) && !slots_.any_works()) give_up(slot);
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
  // No task did it, and the kernel has just killed a process for want of memory.
  return !host.lost() && pool_.memory_ran_out() ? DeathCause::want_of_memory : DeathCause::unknown;
}

/// Fails the stage. Hosts that are still starting lose their items first, so that none begins a task that is reported
/// as not started; if one has begun a task in the meantime, the stage continues.
void BoardExecutor::give_up(const HostSlot& last) {
  for (const std::unique_ptr<HostSlot>& slot : slots_) {
    if (slot->host->dead()) continue;
    dealer_.take_all_back(*slot);
    for (const Lane& lane : slot->lanes)
      if (lane.dealer->busy()) slots_.note_progress(*slot);
  }
  if (slots_.any_works()) return;
  if (last.host->refusal()) return break_down(*last.host->refusal());
  const StartBackOff::Unused unused = slots_.quota().back_off().in_a_row();
  if (unused.own >= unused.outside)
    return break_down({codes::kNoHost,
                       fmt::format("stage '{}': {} hosts in a row ended before they had run a task; the last one {}",
                                   stage_.name, unused.all(), how_it_died(last, stage_)),
                       {},
                       {"`ropewalk plugins check` loads a plugin by itself and says what is wrong with it"}});
  const bool memory = last.cause == DeathCause::want_of_memory;
  const std::int64_t idle_ns = slots_.quota().back_off().without_progress_ns(pool_.now_ns());
  break_down({codes::kHostsKilled,
              fmt::format("stage '{}': {} of {} hosts in a row were killed from outside before they began a task, and "
                          "no task has begun or ended for {}; "
                          "the last host {}",
                          stage_.name, unused.outside, unused.all(), duration_text(idle_ns - idle_ns % 100'000'000),
                          how_it_died(last, stage_)),
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
          return backlog_.put_back(dealer_.waiting(item, params), AttemptState::dealt, AttemptState::queued);
        case Verdict::Action::requeue:
          return backlog_.put_back(dealer_.waiting(item, params, true), AttemptState::running, AttemptState::queued,
                                   Backlog::Order::first);
        case Verdict::Action::isolate:
          return backlog_.put_back(dealer_.waiting(item, params, true), AttemptState::running, AttemptState::isolated);
        case Verdict::Action::end: return end_by_death(slot, lane, worker, item, facts, verdict);
      }
    });
  }
  if (had_begun)
    slots_.note_progress(slot);
  else if (!slot.host->lost() && !slot.life.has_worked())
    slots_.quota().back_off().host_ended_unused(start_cause(slot), pool_.now_ns());
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
      .cancelled = lane.was_cancelled(lane.dealer->done()),
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
    if (lane.start_unreported()) ends_.reports().add_started(item.task, item.attempt);
  }
  const HostSlot* const where = facts.begun ? &slot : nullptr;
  if (verdict.reason == EndReason::ended_host) {
    kills_.erase(item.task);  // the next attempt has not been hit yet
    Death death = describe_death(slot.host->wait_status(), lane.evidence);
    if (death.detail == SIGXFSZ && stage_.limits.file_bytes)
      death.message = fmt::format("a file that the task wrote reached its limit of {} (limits.files)",
                                  size_text(*stage_.limits.file_bytes));
    ends_.without_result(item.task, item.attempt, death.outcome, death.detail, death.message, where, worker, began_ns,
                         evidence_of(slot, lane));
  } else {
    ends_.without_result(item.task, item.attempt, verdict.outcome, 0, end_message(verdict, slot, lane, stage_, watch_),
                         where, worker, began_ns);
  }
  if (!verdict.may_retry) ends_.reports().last_ended().kind = FailureKind::permanent;
  if (facts.begun) ends_.attach_output(ends_.reports().last_ended(), lane);
}

}  // namespace ropewalk
