#pragma once
// An engine and a pool that one thread owns, and a mailbox for the others. The owner calls collect(), which takes what
// was posted, lets the engine work, and returns what has ended, in batches. Knows no Python.

#include <ropewalk/engine.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace ropewalk::python {

/// A task that a program submits.
struct PostedTask {
  std::uint64_t id = 0;                                  ///< the program's
  std::vector<std::pair<std::string, Value>> arguments;  ///< its parameters
  TaskOptions options = {};
};

/// A task that has ended.
struct CollectedTask {
  std::uint64_t id = 0;
  std::optional<Future> future = {};  ///< done; empty: it was refused
  Errors refused = {};
};

/// What a task or a host has printed.
struct CollectedOutput {
  std::optional<std::uint64_t> id;  ///< empty: of a process that tasks share
  std::string text;
};

struct Collected {
  std::vector<CollectedTask> tasks;
  std::vector<CollectedOutput> outputs;
  std::vector<std::string> warnings;
  bool closed = false;  ///< it was closed, and everything has been collected
};

class Collector {
 public:
  Collector(EngineOptions engine, std::string task, PoolOptions pool);
  ~Collector();
  Collector(const Collector&) = delete;
  Collector& operator=(const Collector&) = delete;

  // --- any thread ---
  void post(PostedTask task);
  /// Ends a task before its time. One that is not known is ignored.
  void cancel(std::uint64_t id);
  /// Ends all tasks that were posted so far: asks those that run, and kills them after the grace period.
  void cancel_all();
  /// Kills all tasks now. It takes no further ones.
  void kill();
  /// It takes no further tasks.
  void close();

  // --- the owner, a single thread ---
  /// Waits until there is something to return. Throws Refused, BadResult: there is no pool.
  Collected collect();
  /// Ends the pool and its engine, with all tasks that are left. Needed if collect() has not returned `closed`.
  void end();

 private:
  class Events;
  struct Mail {
    std::vector<PostedTask> tasks;
    std::vector<std::uint64_t> cancels;
    bool cancel_all = false, close = false, kill = false;
  };

  void ring();
  void take_mail();
  Collected collect_next();
  void submit(PostedTask task);
  void wait_for_something(std::int64_t most_ns);
  bool has_collected() const {
    return !collected_.tasks.empty() || !collected_.outputs.empty() || !collected_.warnings.empty();
  }

  const EngineOptions engine_options_;
  const std::string task_;
  PoolOptions pool_options_;
  const int bell_;  // an eventfd

  std::mutex mutex_;
  Mail mail_;                 // guarded by the mutex
  bool owner_waits_ = false;  // the same

  // Of the owner.
  std::unique_ptr<Events> events_;
  std::optional<Engine> engine_;
  std::optional<Pool> pool_;
  std::unordered_map<std::uint64_t, Future> living_;      // by the program's id
  std::unordered_map<std::uint64_t, std::uint64_t> ids_;  // by the pool's number
  Collected collected_;
  std::chrono::steady_clock::time_point first_at_;  // of what was collected
  bool closing_ = false;
  bool killed_ = false;
};

}  // namespace ropewalk::python
