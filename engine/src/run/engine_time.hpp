#pragma once
// How much CPU time the engine's own thread has used for each stage. The thread's CPU clock is read when a stage starts
// or ends, because a reading is a system call; in between, what it used is divided among the running stages by how long
// their turns took. Driven by the run loop and its stages, on the run's thread.

#include "run/machine.hpp"

#include <cstdint>
#include <map>
#include <optional>

namespace ropewalk {

class EngineTime {
 public:
  /// Borrows the machine.
  explicit EngineTime(Machine& machine) : machine_(machine) {}

  void stage_started(std::uint32_t stage);
  /// The stage had a turn of that length.
  void turned(std::uint32_t stage, std::int64_t ns) {
    if (const auto found = stages_.find(stage); found != stages_.end()) found->second.turns_ns += ns;
  }
  /// What it has used for the stage, which is forgotten. Empty: the machine does not say.
  std::optional<std::int64_t> stage_ended(std::uint32_t stage);

 private:
  struct Share {
    std::int64_t turns_ns = 0;  // since the last reading
    double cpu_ns = 0;          // until then
  };
  void read();

  Machine& machine_;
  std::map<std::uint32_t, Share> stages_;  // that run
  std::optional<std::int64_t> read_ns_;    // of the CPU clock, at the last reading
};

}  // namespace ropewalk
