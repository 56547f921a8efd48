#pragma once
// The result of a run: a fold over its events, the source of the summary, --json, --results and the exit code.

#include <ropewalk/error.hpp>
#include <ropewalk/events.hpp>
#include <ropewalk/stage_ledger.hpp>
#include <ropewalk/value.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ropewalk {

struct TaskTimes {  ///< seconds, over the tasks that ran
  double min = 0, median = 0, p95 = 0, max = 0, sum = 0;
};

struct StageResult {
  std::string name, task, executor;
  std::uint32_t hosts = 0, workers = 0;
  Outcome outcome = Outcome::not_started;
  std::uint64_t tasks = 0;  ///< the sum of the next five
  std::uint64_t succeeded = 0, failed = 0, skipped = 0, cancelled = 0, not_started = 0;
  std::uint64_t retried = 0;
  std::uint64_t kept = 0;  ///< of `succeeded`: in an earlier session of the run, and not run again
  double wall_s = 0;
  TaskTimes task_s;
  double cpu_s = 0;
  double runnable_wait_s = 0;
  double concurrency = 0;           ///< sum of run times / wall
  double cores = 0;                 ///< sum of CPU times / wall
  std::string bound;                ///< "cpu", "io", "mixed"; empty if nothing ran
  std::optional<double> vs_serial;  ///< only if it was measured in this run
  std::string why;
  std::optional<StageLedger> ledger = {};  ///< where the time of its workers went; empty: not measured
};

struct Failure {
  std::string stage;
  std::uint64_t index = 0;
  std::uint32_t attempt = 0;
  Outcome outcome = Outcome::failed;
  std::int32_t detail = 0;  ///< signal or exit code
  std::string message;
  std::string evidence = {};            ///< of a crash: address, backtrace, last log and output lines; may be empty
  KeptOutput output = {};               ///< the output of the attempt, as far as it is known
  std::optional<ShownValue> item = {};  ///< of its task; empty: the stage has no `foreach`
};

/// The results of all tasks, kept in completion order and read by index. Not thread-safe.
class KeptResults {
 public:
  struct Row {
    std::uint64_t index;
    const Value* item;  ///< null where the stage has no foreach
    Outcome outcome;
    const Value* value;               ///< null unless succeeded
    std::string_view message;         ///< empty if succeeded
    const KeptStream* out = nullptr;  ///< the kept output of a failed task's commands; null: nothing
    const KeptStream* err = nullptr;
  };
  virtual ~KeptResults() = default;
  /// Visits every task of the stage by ascending index. The pointers in a row are valid during its call.
  virtual void visit(std::uint32_t stage, const std::function<void(const Row&)>& visit) const = 0;
  /// The first read error so far, which makes its row wrong; empty if there was none.
  virtual std::string problem() const { return {}; }
};

struct RunResult {
  std::string run_id, workflow;
  Outcome outcome = Outcome::failed;  ///< succeeded, failed or cancelled
  bool broken = false;                ///< the run itself failed, not its tasks
  std::string why;
  std::filesystem::path record = {};  ///< the folder of its record; empty: it was not recorded
  std::vector<std::string> resumed =
      {};  ///< of a resumed run: for each stage what was kept, and why the rest ran again
  std::optional<Error> record_error = {};  ///< why it could not be recorded, or not to its end
  double wall_s = 0;
  std::vector<StageResult> stages;
  std::vector<Failure> failures;  ///< at most 100
  std::uint64_t more_failures = 0;
  std::shared_ptr<const KeptResults> results;  ///< null unless RunOptions::keep_results

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
