#pragma once
// The states of an attempt at the executor. No byte holds the state of a dealt attempt, since a task may cost no memory
// here: an attempt is in the state of the place where it lies. Backlog holds those that wait, with the state as the
// name of the queue; a Dealer holds those that are dealt, and knows which of them runs. Pure.
//
//              +---- taken back, or run again ----+
//              v                                  |
//   queued --- dealt to a lane ---> dealt --- begins ---> running ---> ended
//     ^  ^                                          |  |
//     |  +------ there is room ------- refused <----+  |   no room to begin
//     |                                   |            |
//     +-- to a fresh host of its own      v            |
//         (dealt)              isolated <--------------+   its host died of an unknown cause
//
// Every state but ended has an arrow to ended: a stop ends attempts that wait.

#include <cstdint>

namespace ropewalk {

enum class AttemptState : std::uint8_t {
  queued,    ///< waits for a worker
  isolated,  ///< waits for a host of its own
  refused,   ///< found no room to begin, and waits until some is free
  dealt,     ///< lies in the lane of a worker, which has not begun it
  running,
  ended,
};
inline constexpr int kAttemptStates = 6;

/// Whether the drawing has an arrow from the one to the other.
constexpr bool may_move(AttemptState from, AttemptState to) {
  using enum AttemptState;
  if (to == ended) return from != ended;
  switch (from) {
    case queued: return to == dealt;
    case isolated: return to == dealt;
    case refused: return to == queued || to == isolated;
    case dealt: return to == running || to == queued;
    case running: return to == queued || to == isolated || to == refused;
    case ended: return false;
  }
  return false;
}

}  // namespace ropewalk
