#pragma once
// Something that was submitted to a pool: one task, or a span of them. Owned by its futures, and by the feed until its
// last task has ended. On the pool's thread.

#include "pool/field_reader.hpp"
#include "run/submitted_tasks.hpp"

#include <ropewalk/pool.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <thread>

namespace ropewalk {

/// What the futures of a pool know of it, and keep when it is gone.
struct PoolFacts {
  std::string name;
  std::string task;  ///< "plugin.task"
  FieldReader results;
  std::thread::id thread;  ///< to which all of it belongs
  std::weak_ptr<pool_detail::PoolRun> pool = {};
};

/// What holds for a submission instead of what its pool says.
struct OwnRules {
  std::optional<std::int64_t> timeout_ns = {};
  std::optional<Retries> retries = {};
};

class Submission {
 public:
  Submission(std::shared_ptr<const PoolFacts> facts, pool_detail::PoolRun* run) : facts(std::move(facts)), run(run) {}
  Submission(const Submission&) = delete;
  Submission& operator=(const Submission&) = delete;
  virtual ~Submission() = default;

  /// Of its task at that position, as SubmittedTasks.
  virtual SubmittedTasks::Parameters parameters(std::uint32_t position) = 0;
  /// That task has ended. `large`: its result, which is moved, where it came apart from the event; else null. Once for
  /// each position.
  virtual void ended(std::uint32_t position, const TaskFinished& task, Value* large) = 0;

  /// Whether somebody is to be called now that it has ended.
  virtual bool has_callbacks() const { return false; }

  const std::shared_ptr<const PoolFacts> facts;
  pool_detail::PoolRun* run;                      ///< null: all of it has ended
  std::uint64_t first = 0;                        ///< index of its first task in the pool
  std::int64_t since_ns = 0;                      ///< CLOCK_MONOTONIC
  std::unique_ptr<const OwnRules> rules = {};     ///< null: those of the pool
  std::shared_ptr<Submission> keeps_itself = {};  ///< until its last task has ended
  bool cancelled = false;                         ///< as a whole; a failed attempt of it is not tried again

 protected:
  std::shared_ptr<const TaskFailure> failure_of(const TaskFinished& task) const;
};

}  // namespace ropewalk
