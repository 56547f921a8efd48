#pragma once
// The result of a run: a fold over its events, the source of the summary, --json, --results and the exit code.

#include <ropewalk/error.hpp>
#include <ropewalk/events.hpp>
#include <ropewalk/stage_ledger.hpp>
#include <ropewalk/value.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ropewalk {

/// Run times of the last attempts of the tasks that ran, in seconds.
struct TaskTimes {
  double min = 0;     ///< the shortest
  double median = 0;  ///< half of them took at most this
  double p95 = 0;     ///< 95 % of them took at most this
  double max = 0;     ///< the longest
  double sum = 0;     ///< of all
};

/// What the tasks of a stage spent their time with, as far as they had a core.
enum class Bound : std::uint8_t {
  cpu,    ///< computing, for at least 70 % of it
  io,     ///< waiting, for at least 70 % of it
  mixed,  ///< both
};
/// Returns "cpu", "io" or "mixed", as static text.
std::string_view bound_name(Bound bound);

/// How a stage ended.
struct StageResult {
  std::string name;                        ///< of the stage
  std::string task;                        ///< "plugin.task"
  std::string executor;                    ///< "process", ...
  std::uint32_t hosts = 0;                 ///< maximum at the same time
  std::uint32_t workers = 0;               ///< concurrent tasks
  Outcome outcome = Outcome::not_started;  ///< as StageFinished
  std::uint64_t tasks = 0;                 ///< the sum of the next five
  std::uint64_t succeeded = 0;             ///< tasks
  std::uint64_t failed = 0;                ///< tasks that failed, in whatever way: see is_failure()
  std::uint64_t skipped = 0;               ///< tasks that need one that failed
  std::uint64_t cancelled = 0;             ///< tasks that were running when the run was stopped
  std::uint64_t not_started = 0;           ///< tasks that had not begun when the run was stopped
  std::uint64_t retried = 0;               ///< attempts after which another one followed
  std::uint64_t kept = 0;                  ///< of `succeeded`: in an earlier session of the run, and not run again
  double wall_s = 0;                       ///< from its start to its end
  TaskTimes task_s;                        ///< of its tasks
  double cpu_s = 0;                        ///< CPU time of all its attempts
  double runnable_wait_s = 0;              ///< its workers were runnable, but had no core
  double concurrency = 0;                  ///< sum of run times / wall
  double cores = 0;                        ///< sum of CPU times / wall
  std::optional<Bound> bound = {};         ///< what its tasks spent their time with; empty: nothing ran
  std::optional<double> vs_serial;         ///< only if it was measured in this run
  std::string why;                         ///< it did not succeed; empty if its tasks say it
  std::optional<StageLedger> ledger = {};  ///< where the time of its workers went; empty: not measured
  std::optional<AutoChoice> choice = {};   ///< what `executor: auto` chose, and `workers` are its; empty: no such stage

  /// Returns wall_s as a duration.
  constexpr std::chrono::duration<double> wall_time() const { return std::chrono::duration<double>(wall_s); }
  /// Returns cpu_s as a duration.
  constexpr std::chrono::duration<double> cpu_time() const { return std::chrono::duration<double>(cpu_s); }
};

/// A task that failed, with its last attempt.
struct Failure {
  std::string stage;                    ///< its name
  std::uint64_t index = 0;              ///< of the task in its stage, from 0
  std::uint32_t attempt = 0;            ///< the last one, from 1
  Outcome outcome = Outcome::failed;    ///< how it failed
  std::int32_t detail = 0;              ///< signal or exit code
  std::string message;                  ///< why; one or more lines
  std::string evidence = {};            ///< of a crash: address, backtrace, last log and output lines; may be empty
  KeptOutput output = {};               ///< the output of the attempt, as far as it is known
  std::optional<ShownValue> item = {};  ///< of its task; empty: the stage has no `foreach`
};

/// The results of all tasks, kept in completion order and read by index. Not thread-safe.
class KeptResults {
 public:
  /// One task.
  struct Row {
    std::uint64_t index;              ///< of the task in its stage
    const Value* item;                ///< null where the stage has no foreach
    Outcome outcome;                  ///< of the task
    const Value* value;               ///< null unless succeeded
    std::string_view message;         ///< empty if succeeded
    const KeptStream* out = nullptr;  ///< the kept output of a failed task's commands; null: nothing
    const KeptStream* err = nullptr;  ///< the same of standard error
  };
  virtual ~KeptResults() = default;
  /// Visits every task of the stage by ascending index. The pointers in a row are valid during its call.
  virtual void visit(std::uint32_t stage, const std::function<void(const Row&)>& visit) const = 0;
  /// The first read error so far, which makes its row wrong; empty if there was none.
  virtual std::string problem() const { return {}; }
};

/// How a run ended, with its stages.
struct RunResult {
  std::string run_id;                 ///< "20261129-120300-quiet-otter"
  std::string workflow;               ///< its name
  Outcome outcome = Outcome::failed;  ///< succeeded, failed or cancelled
  bool broken = false;                ///< the run itself failed, not its tasks
  std::string why;                    ///< it did not succeed, if its tasks do not say it
  std::filesystem::path record = {};  ///< the folder of its record; empty: it was not recorded
  std::vector<std::string> resumed =
      {};  ///< of a resumed run: for each stage what was kept, and why the rest ran again
  std::optional<Error> record_error = {};      ///< why it could not be recorded, or not to its end
  double wall_s = 0;                           ///< from its start to its end
  std::vector<StageResult> stages;             ///< in the order of the plan
  std::vector<Failure> failures;               ///< at most 100
  std::uint64_t more_failures = 0;             ///< tasks that failed and are not in `failures`
  std::shared_ptr<const KeptResults> results;  ///< null unless RunOptions::keep_results

  /// Returns wall_s as a duration.
  constexpr std::chrono::duration<double> wall_time() const { return std::chrono::duration<double>(wall_s); }
  /// Returns the tasks of all stages.
  std::uint64_t tasks() const {
    std::uint64_t sum = 0;
    for (const StageResult& stage : stages) sum += stage.tasks;
    return sum;
  }
};

/// 0: all tasks succeeded. 1: a task failed. 5: there was no task at all (unless `allow_empty`). 70: the run broke. 74:
/// it could not be recorded. A program ends a run cancelled by a signal with that signal; other cancelled runs
/// return 1.
int exit_code(const RunResult& result, bool allow_empty = false);

}  // namespace ropewalk
