#pragma once
// The run and the pools of one engine take turns on its thread, and wait at one place: what one of them waits for, all
// of them see. One thread.

#include "hosts/pool.hpp"
#include "run/run_loop.hpp"

#include <ropewalk/events.hpp>

#include <cstdint>
#include <limits>
#include <vector>

namespace ropewalk {

/// A run or a pool of the engine, until it has ended.
class TakesTurns {
 public:
  virtual ~TakesTurns() = default;
  virtual RunLoop& loop() = 0;
  /// Does what can be done now. It may end.
  virtual void turn() = 0;
  /// When the next turn has something to do at the latest, though nothing happens; CLOCK_MONOTONIC.
  virtual std::int64_t look_again_ns() = 0;
  /// Sets the time at which its descriptor, if it was asked for, is readable in any case.
  virtual void arm() = 0;
  /// The stop of the engine goes on to it.
  virtual void take_stop(StopLevel /*level*/) {}
  /// The engine ends before it.
  virtual void engine_ends() {}
};

class Turns {
 public:
  /// Borrows the pool of hosts.
  explicit Turns(HostPool& pool) : pool_(pool) {}

  void join(TakesTurns& one) {
    all_.push_back(&one);
    known_.push_back(&one);
  }
  /// It has ended.
  void end(TakesTurns& one) { std::erase(all_, &one); }
  /// It is gone.
  void leave(TakesTurns& one) {
    end(one);
    std::erase(known_, &one);
  }
  /// None takes turns.
  bool empty() const { return all_.empty(); }
  const std::vector<TakesTurns*>& all() const { return all_; }
  /// Before the engine ends: none is known afterwards.
  void engine_ends();

  /// Whether one of them has its turn: nothing can be waited for.
  bool is_turning() const { return !turning_.empty(); }
  /// Each takes its turn, but those that an observer has interrupted.
  void turn();
  /// One takes its turn, as far as that can be done without having waited.
  void turn_alone(TakesTurns& one);
  /// `one` waits until something may have happened to any of them, at the latest until then.
  void wait(TakesTurns& one, std::int64_t until_ns = std::numeric_limits<std::int64_t>::max());
  /// See TakesTurns::arm(): before the program goes on.
  void arm();

 private:
  class Turn;

  HostPool& pool_;
  std::vector<TakesTurns*> all_;      // that have not ended
  std::vector<TakesTurns*> known_;    // that are there
  std::vector<TakesTurns*> turning_;  // that have their turns now: more than one where an observer ends a run
};

}  // namespace ropewalk
