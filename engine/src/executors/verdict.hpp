#pragma once
// What becomes of a task that lay in a host when it died: (what the host died of) x (what its lane says) x (what the
// stage declares and the run is doing) -> an outcome, another host, or a host of its own. Pure. The table is in
// verdict.cpp.

#include "executors/blame.hpp"

#include <ropewalk/events.hpp>

#include <cstdint>

namespace ropewalk {

/// What a host died of, as far as the engine knows.
enum class DeathCause : std::uint8_t {
  unknown,         ///< its wait status and the evidence of its workers say it
  damage,          ///< killed: its lanes were damaged, or it broke the protocol of its socket
  cut_off,         ///< killed: it lived on without the connection to the engine
  overrun,         ///< killed: one of its tasks ran over its time and did not stop
  standstill,      ///< killed: it was stopped and did not continue, or did not begin a task
  memory,          ///< it used more memory than its limit
  want_of_memory,  ///< the kernel killed it because the machine had no memory left
  plugin_changed,  ///< the file of its plugin was overwritten
};
inline constexpr std::size_t kDeathCauses = 8;

/// One item of a lane of a dead host.
struct ItemFacts {
  DeathCause cause = DeathCause::unknown;
  Blame blame = Blame::idle;    ///< of its worker
  bool begun = false;           ///< it ran; in a damaged lane: it is the oldest
  bool overran = false;         ///< its time was over
  bool cancelled = false;       ///< it was cancelled while it ran
  bool alone = false;           ///< the host had one worker
  bool one_task = false;        ///< the host was to run this task and no other
  bool isolated = false;        ///< the host was started to run this suspect alone
  bool struck = false;          ///< SIGKILL without evidence ended the host, and has not hit the task too often
  bool unkillable = false;      ///< the host may still run
  bool lost = false;            ///< the host died with the warden or its zygote
  bool halted = false;          ///< the run starts nothing more
  bool killed_by_stop = false;  ///< the run kills what runs
  bool repeatable = true;       ///< the task type may be repeated
};

/// Why a task ends without a result.
enum class EndReason : std::uint8_t {
  none,
  stopped_before,       ///< the run was stopped before it began
  stopped_while,        ///< the run was stopped while it ran
  not_repeatable,       ///< its host died, and it must not run again
  damage_unrepeatable,  ///< its host's lanes were damaged, and it must not run again
  overrun,
  cancelled,
  unkillable,
  damage,      ///< it damaged its lane or broke the protocol
  cut_off,     ///< it closed the connection of its host
  standstill,  ///< its process was stopped
  memory_limit,
  no_memory,
  ended_host,  ///< it ended its host: describe_death() has the outcome
};
inline constexpr std::size_t kEndReasons = 14;

struct Verdict {
  enum class Action : std::uint8_t {
    queue,    ///< it has not begun: behind the tasks that wait
    requeue,  ///< again, without charge, before the tasks that wait
    isolate,  ///< again, alone in a fresh host, so that the guilty task is known
    end,
  };
  Action action = Action::isolate;
  bool had_begun = true;                 ///< it counts as begun: the host has worked
  bool may_retry = true;                 ///< false: a retry could run beside it
  EndReason reason = EndReason::none;    ///< of end
  Outcome outcome = Outcome::succeeded;  ///< of end

  bool operator==(const Verdict&) const = default;
};

Verdict judge(const ItemFacts& item);

}  // namespace ropewalk
