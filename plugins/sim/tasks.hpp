#pragma once
// The task types of sim: loads of known size and failures on request, for tests, benchmarks and demonstrations. None
// keeps state between tasks, so all are thread-safe.

#include <ropewalk/sdk/task.hpp>

#include <cstdint>
#include <string>

namespace sim {

/// Waits without computing.
struct Sleep {
  double seconds = 0.5;
  struct Result {
    double slept = 0;
  };
  Result run(ropewalk::Call& call) const;
  static void describe(ropewalk::TaskType<Sleep>& task);
};

/// The smallest possible task.
struct Noop {
  void run(ropewalk::Call&) const {}
  static void describe(ropewalk::TaskType<Noop>& task);
};

/// Returns its parameters.
struct Echo {
  ropewalk::Any value;
  struct Result {
    ropewalk::Any value;
  };
  Result run(ropewalk::Call&) const { return {value}; }
  static void describe(ropewalk::TaskType<Echo>& task);
};

/// A fixed number of integer operations: the same work and the same checksum on every machine.
struct Cpu {
  std::int64_t turns = 0;
  struct Result {
    std::string checksum;
  };
  Result run(ropewalk::Call& call) const;
  static void describe(ropewalk::TaskType<Cpu>& task);
};

/// Computes until its own thread has used that much CPU time, however long that takes.
struct Spin {
  double seconds = 0;
  void run(ropewalk::Call& call) const;
  static void describe(ropewalk::TaskType<Spin>& task);
};

/// Fails in a chosen way. Which tasks fail depends only on seed and index.
struct Fail {
  std::string how = "error";
  double rate = 1;
  std::int64_t seed = 0;
  std::uint32_t first = 0;
  ropewalk::Size most = 1ull << 30;
  void run(ropewalk::Call& call) const;
  static void describe(ropewalk::TaskType<Fail>& task);
};

}  // namespace sim
