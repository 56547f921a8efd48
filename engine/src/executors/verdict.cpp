#include "executors/verdict.hpp"

namespace ropewalk {
namespace {

using Action = Verdict::Action;
using O = Outcome;
using R = EndReason;
using enum DeathCause;

// Facts of an item as a set.
constexpr std::uint32_t kNone = 0, kBegun = 1, kOverran = 2, kAlone = 4, kOneTask = 8, kUnkillable = 16, kLost = 32;
constexpr std::uint32_t kHalted = 64, kKilledByStop = 128, kRepeatable = 256, kGuilty = 512, kInnocent = 1024;
constexpr std::uint32_t kIsolated = 2048, kStruck = 4096, kCancelled = 8192;

constexpr std::uint32_t of(DeathCause cause) { return 1u << static_cast<unsigned>(cause); }
constexpr std::uint32_t kAnyCause = ~0u;

constexpr Verdict end(Outcome outcome, EndReason reason) {
  return {.action = Action::end, .reason = reason, .outcome = outcome};
}
constexpr Verdict end_for_ever(Outcome outcome, EndReason reason) {
  return {.action = Action::end, .may_retry = false, .reason = reason, .outcome = outcome};
}
constexpr Verdict end_unbegun(Outcome outcome, EndReason reason) {
  return {.action = Action::end, .had_begun = false, .reason = reason, .outcome = outcome};
}
constexpr Verdict kQueue{.action = Action::queue, .had_begun = false};
constexpr Verdict kRequeue{.action = Action::requeue};
constexpr Verdict kIsolate{.action = Action::isolate};

/// Decides items of hosts that died of one of `causes`, with all the facts of `with` and none of `without`.
struct Row {
  std::uint32_t causes, with, without;
  Verdict verdict;
};

/// The first row that fits decides.
// clang-format off
constexpr Row kTable[] = {
    // died of            with                         without      verdict
    // A damaged lane does not say which of its items ran.
    {of(damage),         kNone,                       kRepeatable, end(O::lost, R::damage_unrepeatable)},
    // A task that has not begun has no fault.
    {kAnyCause,          kHalted,                     kBegun,      end_unbegun(O::not_started, R::stopped_before)},
    {kAnyCause,          kNone,                       kBegun,      kQueue},
    // What may still run is not begun a second time, whatever its host was killed for.
    {kAnyCause,          kUnkillable | kCancelled,    kNone,       end_for_ever(O::cancelled, R::cancelled)},
    {kAnyCause,          kUnkillable | kOverran,      kNone,       end_for_ever(O::timed_out, R::overrun)},
    {kAnyCause,          kUnkillable | kKilledByStop, kNone,       end_for_ever(O::cancelled, R::stopped_while)},
    {kAnyCause,          kUnkillable,                 kNone,       end_for_ever(O::lost, R::unkillable)},
    {kAnyCause,          kCancelled,                  kNone,       end(O::cancelled, R::cancelled)},
    // A stopped process lets all its tasks run over their time. A task of another host may have stopped it.
    {of(standstill),     kNone,                       kIsolated,   kIsolate},
    {kAnyCause,          kOverran,                    kNone,       end(O::timed_out, R::overrun)},
    {kAnyCause,          kKilledByStop,               kNone,       end(O::cancelled, R::stopped_while)},
    {kAnyCause,          kLost,                       kNone,       kRequeue},
    // An earlier task of the host, or one beside it, may have done it; not where there was none.
    {of(damage),         kOneTask,                    kNone,       end(O::failed, R::damage)},
    {of(cut_off),        kOneTask,                    kNone,       end(O::failed, R::cut_off)},
    {of(standstill),     kNone,                       kNone,       end(O::failed, R::standstill)},
    {of(memory),         kAlone,                      kNone,       end(O::out_of_memory, R::memory_limit)},
    {of(want_of_memory), kAlone,                      kNone,       end(O::out_of_memory, R::no_memory)},
    // Another task ran over its time, or the file of the plugin was overwritten.
    {of(overrun),        kNone,                       kNone,       kRequeue},
    {of(plugin_changed), kNone,                       kNone,       kRequeue},
    // The kernel does not report who sent SIGKILL: another task, a watchdog, an operator. A task that cannot run again
    // ends as it seems, because the signal leaves no evidence.
    {of(unknown),        kStruck | kRepeatable,       kInnocent | kHalted, kIsolate},
    {of(unknown),        kGuilty,                     kNone,       end(O::crashed, R::ended_host)},
    {of(unknown),        kInnocent,                   kNone,       kRequeue},
    // The cause is unknown.
    {kAnyCause,          kNone,                       kNone,       kIsolate},
};
// clang-format on

constexpr std::uint32_t set_of(const ItemFacts& item) {
  const auto when = [](bool holds, std::uint32_t fact) { return holds ? fact : kNone; };
  return when(item.begun, kBegun) | when(item.overran, kOverran) | when(item.alone, kAlone) |
         when(item.one_task, kOneTask) | when(item.isolated, kIsolated) | when(item.struck, kStruck) |
         when(item.cancelled, kCancelled) | when(item.unkillable, kUnkillable) | when(item.lost, kLost) |
         when(item.halted, kHalted) | when(item.killed_by_stop, kKilledByStop) | when(item.repeatable, kRepeatable) |
         when(item.blame == Blame::guilty, kGuilty) | when(item.blame == Blame::innocent, kInnocent);
}

constexpr bool fits(const Row& row, DeathCause cause, std::uint32_t facts) {
  return (row.causes & of(cause)) != 0 && (row.with & ~facts) == 0 && (row.without & facts) == 0;
}

}  // namespace

Verdict judge(const ItemFacts& item) {
  const std::uint32_t facts = set_of(item);
  const Row* row = kTable;
  while (!fits(*row, item.cause, facts)) ++row;  // the last one always does
  const bool runs_again = row->verdict.action == Action::requeue || row->verdict.action == Action::isolate;
  if (runs_again && !item.repeatable) return end(Outcome::lost, EndReason::not_repeatable);
  if (runs_again && item.halted) return end(Outcome::cancelled, EndReason::stopped_while);
  return row->verdict;
}

}  // namespace ropewalk
