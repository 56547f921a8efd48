#pragma once
// How many tasks of a stage have come how far, counted from its events: what progress and SIGUSR1 show while it runs.

#include <ropewalk/events.hpp>

#include <cstdint>
#include <span>
#include <string>

namespace ropewalk {

struct Tally {
  std::uint64_t tasks = 0;  ///< 0: not known yet
  std::uint64_t begun = 0, ended = 0;  ///< tasks with an attempt
  std::uint64_t done = 0;   ///< tasks that succeeded or failed
  std::uint64_t failed = 0;  ///< of those
  std::uint64_t skipped = 0, cancelled = 0, not_started = 0;

  void started(std::span<const TaskStarted> attempts);
  void finished(std::span<const TaskFinished> attempts);
  std::uint64_t running() const { return begun > ended ? begun - ended : 0; }

  /// "128/1,024 done", "128 done" while the number of tasks is not known.
  std::string done_text() const;
  /// ", 2 failed, 1 skipped": what is neither done nor to come, and what failed of what is done. May be empty.
  std::string losses_text() const;
};

}  // namespace ropewalk
