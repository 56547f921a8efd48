#pragma once
// The one place where events become numbers. The summary, --json and the exit code are folded from the event stream and
// from nothing else, so they can never disagree.

#include "base/huge_pages.hpp"

#include <ropewalk/events.hpp>
#include <ropewalk/plan.hpp>
#include <ropewalk/run_result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ropewalk {

/// What a fold must know of a stage before its events arrive. A plan has it, and so has the record of a run.
struct FoldedStage {
  std::string name;
  std::string task;      ///< "plugin.task"
  std::string executor;  ///< as planned; its start may name another
  std::uint32_t workers = 1;
  std::optional<std::uint32_t> baseline = {};  ///< as PlannedStage::baseline
};
std::vector<FoldedStage> folded_stages(const Plan& plan);

/// Folds the events of one run into its RunResult, live or replayed from a record. Called on one thread like any
/// Observer. Borrows nothing after construction. Costs a few ns and 4 bytes per task; keeps no event.
///
/// What the numbers mean:
/// - task_s.min, median, p95, max are exact, over the last attempts of the tasks that ran; the median of an even
///   count is the mean of the two in the middle, p95 is the smallest time that 95 % do not exceed (nearest rank).
/// - task_s.sum, cpu_s, concurrency and cores count every attempt of the last session: they say how busy the stage was.
///   The other times of tasks that were kept are those of the session that ran them, if it is known.
/// - bound is the share of CPU time in run time less the time spent runnable without a core: "cpu" from 70 % up,
///   "io" up to 30 %, else "mixed".
/// - vs_serial is there only where it was measured: an earlier serial stage of the same work (PlannedStage::baseline)
///   and this one both succeeded with the same number of tasks.
/// - failures are the 100 with the lowest stage and index, whatever order they happened in.
/// - How many tasks ended in which way is what the stage says at its end. Tasks that it announced and does not count
/// are
///   skipped or not_started. If it claims success, and fewer tasks were seen to end, the run is broken.
class Fold final : public Observer {
 public:
  static constexpr double kCpuBound = 0.7, kIoBound = 0.3;
  static constexpr std::size_t kMaxFailures = 100;

  explicit Fold(const Plan& plan) : Fold(plan.workflow, folded_stages(plan)) {}
  Fold(std::string workflow, const std::vector<FoldedStage>& stages);

  void run_started(std::int64_t, const RunStarted&) override;
  void stage_started(std::int64_t, const StageStarted&) override;
  void tasks_finished(std::int64_t, std::uint32_t stage, std::span<const TaskFinished>) override;
  void stage_finished(std::int64_t, const StageFinished&) override;
  void run_finished(std::int64_t, const RunFinished&) override;

  /// Returns the result of the run. Computes the order statistics (about 6 ns per task). A second call returns the same
  /// result.
  RunResult result();

 private:
  using Seconds = std::vector<float, HugePages<float>>;
  struct Stage {
    StageResult result;
    std::optional<std::uint32_t> baseline;
    TaskCounts counts;
    std::uint64_t ended = 0;  // tasks that were seen to end
    std::int64_t run_ns = 0, cpu_ns = 0;
    std::int64_t wall_ns = 0, runnable_wait_ns = 0;
    Seconds seconds;  // of last attempts, in any order
  };
  struct Failed {
    std::uint32_t stage;
    Failure failure;
  };

  void keep_failure(std::uint32_t stage, const TaskFinished& task);
  StageResult finish(Stage& stage) const;

  std::string workflow_, run_id_;
  const TaskItems* items_ = nullptr;  // borrowed while the run lasts
  std::vector<Stage> stages_;
  std::vector<Failed> failed_;       // a heap, the highest stage and index on top
  std::uint64_t more_failures_ = 0;  // than failed_ has
  std::string miscount_;             // why the events contradict themselves; empty: they do not
  bool finished_ = false;
  Outcome outcome_ = Outcome::failed;
  std::int64_t wall_ns_ = 0;
  bool broken_ = false;
  std::string why_;
};

}  // namespace ropewalk
