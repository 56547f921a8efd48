#pragma once
// What the parts of a running stage share: which stage it is, what it uses of the run, and what time it is. Plain data,
// on the run's thread.

#include "plan/scope.hpp"
#include "run/kept_tasks.hpp"
#include "run/machine.hpp"
#include "run/result_store.hpp"
#include "run/submitted_tasks.hpp"

#include <ropewalk/events.hpp>
#include <ropewalk/plan.hpp>

#include <cstdint>
#include <string>

namespace ropewalk {

/// The failures of a run, counted over its stages, and what follows from them.
struct RunFailures {
  HaltRule rule;
  std::uint64_t failed = 0;

  /// `of_stage`: how many of its tasks failed, `known`: how many it has, as FailureLimit::is_reached().
  bool are_too_many(std::uint64_t of_stage, std::uint64_t known) const {
    return rule.failures.is_reached(rule.failures.percent != 0 ? of_stage : failed, known);
  }
};

/// What is the same for all stages of a run.
struct RunSetting {
  std::string id = {};
  std::int64_t begin_ns = 0;        ///< when the run began, in the machine's time
  std::int64_t unix_ns = 0;         ///< the same moment, CLOCK_REALTIME
  std::int64_t grace_ns = 0;        ///< between asking a task to stop and killing its host
  bool report_results = false;      ///< to the observer, one by one
  bool pass_fields = false;         ///< to the observer, with the ends of tasks; large results one by one
  bool keys = false;                ///< to the observer, with the ends of tasks
  RunFailures* failures = nullptr;  ///< null: nobody counts them. Borrowed
  unsigned cores = 0;               ///< that the run may use; 0: not known
  KeptTasks* kept = nullptr;        ///< tasks that need not run again; null: all run. Borrowed. Needs `keys`
  /// The tasks of the run's only stage, which come while it runs; null: the plan says what they are. Borrowed. Without
  /// `keys` and `kept`.
  SubmittedTasks* submitted = nullptr;
};

struct StageContext {
  const PlannedStage& stage;
  const std::uint32_t number;
  const Map& params;           ///< of the run
  const Redaction* redaction;  ///< null: the run has no secret
  const RunSetting& run;
  Machine& machine;
  ResultStore& results;
  Observer& observer;
  std::int64_t now_ns = 0;  ///< as of the last turn, or whatever else made the stage act
  std::uint64_t known = 0;  ///< how many tasks it has; 0: they are not all known yet
  std::string late = {};    ///< which deadline stopped it, "the run's deadline of 2 s passed"; empty: none did

  /// Whether failures so far stop the run. `failed`: tasks of the stage.
  bool has_too_many_failures(std::uint64_t failed) const {
    if (stage.on_error != OnError::stop) return false;
    return stage.stop_after.is_reached(failed, known) ||
           (run.failures != nullptr && !stage.finally && run.failures->are_too_many(failed, known));
  }
  std::int64_t since_begin_ns() const { return now_ns - run.begin_ns; }
  Scope scope() const { return {.params = params, .results = &results, .run_id = run.id}; }
  void warn(std::string_view text) const { observer.warning(since_begin_ns(), {text}); }
};

}  // namespace ropewalk
