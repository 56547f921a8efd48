#pragma once
// The state of each task of a stage: one byte a task until it has ended, one function that changes it, and how many
// tasks have ended in which way. Driven by the stage, on the run's thread. It knows nothing of attempts, of time or of
// why a task moves.

#include "base/pages.hpp"

#include <ropewalk/events.hpp>

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ropewalk {

/// Drawn in docs/internals/attempts.md. Whether a dispatched task has begun is known to its executor, which
/// takes tasks back and runs them elsewhere without a charge; nothing is decided by it here.
enum class TaskState : std::uint8_t {
  pending,     ///< of a stream: the upstream task that makes its item has not ended
  ready,       ///< waits for its first attempt
  dispatched,  ///< its executor has it
  waiting,     ///< its last attempt failed, and the next one is not due or not dispatched
  ended,
};
inline constexpr std::size_t kTaskStates = 5;
std::string_view task_state_name(TaskState state);

namespace detail {
constexpr unsigned bit(TaskState state) { return 1u << static_cast<unsigned>(state); }
/// The arrows of the drawing, by the state that they leave.
inline constexpr unsigned kTaskArrows[kTaskStates] = {
    bit(TaskState::ready) | bit(TaskState::ended),       // pending
    bit(TaskState::dispatched) | bit(TaskState::ended),  // ready
    bit(TaskState::waiting) | bit(TaskState::ended),     // dispatched
    bit(TaskState::dispatched) | bit(TaskState::ended),  // waiting
    0,                                                   // ended
};
}  // namespace detail

/// Whether the drawing has an arrow from one to the other.
constexpr bool may_move(TaskState from, TaskState to) {
  return (detail::kTaskArrows[static_cast<std::size_t>(from)] & detail::bit(to)) != 0;
}

class TaskTable {
 public:
  /// The stage has so many tasks, no fewer than before; further ones begin in that state, `pending` or `ready`.
  void grow(std::uint64_t tasks, TaskState state);

  std::uint64_t size() const { return states_.size(); }
  TaskState state(std::uint64_t index) const { return states_.has(index) ? states_[index] : TaskState::ended; }

  /// The first task that may not have ended; and the next such after `index`. size(): there is none.
  std::uint64_t first_living() const { return states_.first(); }
  std::uint64_t next_living(std::uint64_t index) const { return states_.next(index); }

  /// The one place where a task's state changes. A few ns: a span of tasks is moved one by one.
  void move(std::uint64_t index, TaskState to) {
    assert(may_move(state(index), to));
    states_[index] = to;
    if (to == TaskState::ended) states_.release(index);
  }
  /// Moves the task to `ended`, and counts it.
  void end(std::uint64_t index, Outcome outcome) {
    move(index, TaskState::ended);
    counts_.add(outcome);
  }

  /// The tasks that have ended. The only count of a stage's successes and failures: results and reports receive it.
  const TaskCounts& counts() const { return counts_; }
  /// Tasks that have not ended.
  std::uint64_t left() const { return size() - counts_.all(); }

 private:
  Pages<TaskState, 14> states_;  // a page whose tasks have all ended is gone
  TaskCounts counts_;
};

}  // namespace ropewalk
