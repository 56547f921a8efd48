#pragma once
// Counts the tasks of a running stage by state, from its events, for progress and SIGUSR1.

#include <ropewalk/events.hpp>

#include <cstdint>
#include <span>
#include <string>

namespace ropewalk {

struct Tally {
  std::uint64_t tasks = 0;             ///< 0: not known yet
  std::uint64_t begun = 0, ended = 0;  ///< tasks with an attempt
  TaskCounts counts = {};              ///< of the tasks that have ended so far
  std::uint64_t retried = 0;           ///< attempts after which another one follows
  std::uint64_t kept = 0;              ///< of the tasks that succeeded: in an earlier session of the run
  std::uint64_t waiting = 0;           ///< for another attempt, as of the last tick

  void started(std::span<const TaskStarted> attempts);
  void finished(std::span<const TaskFinished> attempts);
  /// Tasks that succeeded or failed.
  std::uint64_t done() const { return counts.succeeded + counts.failed; }
  std::uint64_t running() const { return begun > ended + waiting ? begun - ended - waiting : 0; }
  /// Known tasks that have not ended.
  std::uint64_t left() const;

  /// "128/1,024 done", or "128 done" while the number of tasks is unknown.
  std::string done_text() const;
  /// ", 2 failed, 1 skipped, 5 retried, 3 waiting to retry": the counts that are not zero. May be empty.
  std::string rest_text() const;
};

}  // namespace ropewalk
