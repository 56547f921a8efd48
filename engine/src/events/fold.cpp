#include "events/fold.hpp"

#include "values/shown_value.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace ropewalk {
namespace {

constexpr double kSecond = 1e9;

template <class Seconds>
TaskTimes times(Seconds& seconds) {
  TaskTimes out;
  if (seconds.empty()) return out;
  const std::size_t count = seconds.size();
  const auto at = [&](std::size_t rank) { return seconds.begin() + static_cast<std::ptrdiff_t>(rank); };
  const std::size_t middle = count / 2;
  std::nth_element(seconds.begin(), at(middle), seconds.end());
  out.median = *at(middle);
  if (count % 2 == 0) out.median = (out.median + *std::max_element(seconds.begin(), at(middle))) / 2;
  out.min = *std::min_element(seconds.begin(), at(middle) + 1);
  // The upper half of the partition contains p95 and the maximum.
  const std::size_t rank = std::max((count * 95 + 99) / 100 - 1, middle);
  std::nth_element(at(middle), at(rank), seconds.end());
  out.p95 = *at(rank);
  out.max = *std::max_element(at(rank), seconds.end());
  return out;
}

std::optional<Bound> bound_of(double cpu_s, double run_s, double wait_s) {
  if (run_s <= 0) return std::nullopt;
  // Waiting beyond the tasks' own time is not theirs: starting a host waits too, and outweighs short tasks.
  constexpr double kSlack = 1.1;
  const double own = wait_s > kSlack * (run_s - cpu_s) ? run_s : run_s - wait_s;
  const double share = own <= 0 ? 1.0 : cpu_s / own;
  return share >= Fold::kCpuBound ? Bound::cpu : share <= Fold::kIoBound ? Bound::io : Bound::mixed;
}

}  // namespace

std::vector<FoldedStage> folded_stages(const Plan& plan) {
  std::vector<FoldedStage> stages;
  for (const PlannedStage& stage : plan.stages)
    stages.push_back({.name = stage.name,
                      .task = stage.task,
                      .executor = stage.executor,
                      .workers = stage.workers,
                      .baseline = stage.baseline});
  return stages;
}

Fold::Fold(std::string workflow, const std::vector<FoldedStage>& stages)
    : workflow_(std::move(workflow)), stages_(stages.size()) {
  for (std::size_t i = 0; i < stages_.size(); ++i) {
    const FoldedStage& planned = stages[i];
    StageResult& result = stages_[i].result;
    result.name = planned.name;
    result.task = planned.task;
    result.executor = planned.executor;
    result.workers = planned.workers;
    stages_[i].baseline = planned.baseline;
  }
}

void Fold::run_started(std::int64_t, const RunStarted& event) {
  run_id_ = event.run_id;
  workflow_ = event.workflow;
  items_ = event.items;
}

void Fold::stage_started(std::int64_t, const StageStarted& event) {
  Stage& stage = stages_.at(event.stage);
  stage.result.executor = event.executor;
  stage.result.workers = event.workers;
  constexpr std::uint64_t kReserveAtMost = 1 << 22;
  stage.seconds.reserve(std::min(event.tasks, kReserveAtMost));
}

void Fold::tasks_finished(std::int64_t, std::uint32_t number, std::span<const TaskFinished> tasks) {
  Stage& stage = stages_.at(number);
  for (const TaskFinished& task : tasks) {
    const bool is_earlier = task.kept || task.started_ns < 0;  // ran in an earlier session of the run
    if (!is_earlier) stage.run_ns += task.run_ns, stage.cpu_ns += task.cpu_ns;
    if (!task.last) {
      stage.result.retried += is_earlier ? 0 : 1;
      continue;
    }
    ++stage.ended;
    stage.result.kept += task.kept;
    if (task.host != 0) stage.seconds.push_back(static_cast<float>(static_cast<double>(task.run_ns) / kSecond));
    if (is_failure(task.outcome)) keep_failure(number, task);
  }
}

void Fold::keep_failure(std::uint32_t stage, const TaskFinished& task) {
  const auto lower = [](const Failed& a, const Failed& b) {
    return std::pair(a.stage, a.failure.index) < std::pair(b.stage, b.failure.index);
  };
  if (failed_.size() == kMaxFailures) {
    ++more_failures_;
    const Failed& top = failed_.front();
    if (std::pair(top.stage, top.failure.index) < std::pair(stage, task.index)) return;
    std::pop_heap(failed_.begin(), failed_.end(), lower);
    failed_.pop_back();
  }
  Failed& failed =
      failed_.emplace_back(Failed{stage, Failure{stages_[stage].result.name, task.index, task.attempt, task.outcome,
                                                 task.detail, std::string(task.message), std::string(task.evidence),
                                                 task.output != nullptr ? *task.output : KeptOutput()}});
  if (items_) failed.failure.item = shown(items_->item_of(stage, task.index));
  std::push_heap(failed_.begin(), failed_.end(), lower);
}

void Fold::stage_finished(std::int64_t, const StageFinished& event) {
  Stage& stage = stages_.at(event.stage);
  StageResult& result = stage.result;
  result.outcome = event.outcome;
  result.hosts = event.hosts;
  result.why = event.why;
  result.ledger = event.ledger;
  result.choice = event.choice;
  if (event.choice) result.workers = event.choice->workers;
  stage.wall_ns = event.wall_ns;
  stage.runnable_wait_ns = event.runnable_wait_ns;

  stage.counts = event.counts;
  if (const std::uint64_t counted = event.counts.all(); counted < event.tasks)
    stage.counts.add(event.outcome == Outcome::skipped ? Outcome::skipped : Outcome::not_started,
                     event.tasks - counted);
  if (event.outcome == Outcome::succeeded && stage.ended < event.tasks && miscount_.empty())
    miscount_ = fmt::format("stage '{}' is said to have succeeded, but {} of its tasks never ended", result.name,
                            event.tasks - stage.ended);
}

void Fold::run_finished(std::int64_t, const RunFinished& event) {
  finished_ = true;
  items_ = nullptr;
  outcome_ = event.outcome;
  wall_ns_ = event.wall_ns;
  broken_ = event.broken;
  why_ = event.why;
}

StageResult Fold::finish(Stage& stage) const {
  StageResult out = stage.result;
  out.succeeded = stage.counts.succeeded;
  out.failed = stage.counts.failed;
  out.skipped = stage.counts.skipped;
  out.cancelled = stage.counts.cancelled;
  out.not_started = stage.counts.not_started;
  out.tasks = stage.counts.all();

  const double run_s = static_cast<double>(stage.run_ns) / kSecond;
  out.wall_s = static_cast<double>(stage.wall_ns) / kSecond;
  out.task_s = times(stage.seconds);
  out.task_s.sum = run_s;
  out.cpu_s = static_cast<double>(stage.cpu_ns) / kSecond;
  out.runnable_wait_s = static_cast<double>(stage.runnable_wait_ns) / kSecond;
  if (out.wall_s > 0) {
    out.concurrency = run_s / out.wall_s;
    out.cores = out.cpu_s / out.wall_s;
  }
  if (!stage.seconds.empty()) out.bound = bound_of(out.cpu_s, run_s, out.runnable_wait_s);
  return out;
}

RunResult Fold::result() {
  RunResult run;
  run.run_id = run_id_;
  run.workflow = workflow_;
  run.outcome = outcome_;
  run.broken = !finished_ || broken_ || !miscount_.empty();
  run.why = !finished_ ? "the run did not come to its end" : !why_.empty() ? why_ : miscount_;
  if (run.broken && run.outcome == Outcome::succeeded) run.outcome = Outcome::failed;
  run.wall_s = static_cast<double>(wall_ns_) / kSecond;

  for (Stage& stage : stages_) run.stages.push_back(finish(stage));
  for (std::size_t i = 0; i < stages_.size(); ++i) {
    if (!stages_[i].baseline || *stages_[i].baseline >= i) continue;
    const StageResult& serial = run.stages[*stages_[i].baseline];
    StageResult& stage = run.stages[i];
    if (serial.outcome == Outcome::succeeded && stage.outcome == Outcome::succeeded &&
        serial.failed + stage.failed == 0 && serial.tasks == stage.tasks && stage.tasks > 0 && serial.wall_s > 0 &&
        stage.wall_s > 0)
      stage.vs_serial = serial.wall_s / stage.wall_s;
  }

  std::vector<Failed> failed = failed_;
  std::sort(failed.begin(), failed.end(), [](const Failed& a, const Failed& b) {
    return std::pair(a.stage, a.failure.index) < std::pair(b.stage, b.failure.index);
  });
  for (Failed& one : failed) run.failures.push_back(std::move(one.failure));
  run.more_failures = more_failures_;
  return run;
}

int exit_code(const RunResult& result, bool allow_empty) {
  if (result.record_error) return 74;
  if (result.broken) return 70;
  if (result.outcome != Outcome::succeeded) return 1;
  return result.tasks() == 0 && !allow_empty ? 5 : 0;
}

}  // namespace ropewalk
