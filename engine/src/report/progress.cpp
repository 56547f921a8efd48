#include "report/progress.hpp"

#include "values/shown_value.hpp"
#include "events/task_name.hpp"
#include "report/numbers.hpp"

#include <fmt/format.h>

#include <memory>
#include <algorithm>

namespace ropewalk {
namespace {

constexpr std::int64_t kRedraw_ns = 100'000'000;
constexpr std::int64_t kPrintSeldom_ns = 10'000'000'000;
constexpr std::int64_t kMinRateNs = 200'000'000;     // no rate is shown before, because it would fluctuate
constexpr std::int64_t kLongTaskNs = 2'000'000'000;  // a task of this duration gets its own line
constexpr std::size_t kMaxTaskLines = 8;
constexpr std::size_t kMaxPlainLines = 8;  // of stages, at a time
constexpr std::size_t kNoLimit = 1000;     // columns of a plain line

}  // namespace

void Progress::run_started(std::int64_t, const RunStarted& event) { items_ = event.items; }

void Progress::stage_started(std::int64_t t_ns, const StageStarted& event) {
  if (stages_.size() <= event.stage) stages_.resize(event.stage + 1);
  stages_[event.stage] = Stage{.name = std::string(event.name),
                               .executor = std::string(event.executor),
                               .workers = event.workers,
                               .running = true,
                               .tally = {.tasks = event.tasks},
                               .rate = CompletionRate(t_ns, event.workers),
                               .began_ns = t_ns};
  if (style_ == Style::live) return tick(t_ns);
  view_.line(fmt::format("stage {}: {}{} with {}", event.name,
                         event.tasks == 0 ? "" : counted(event.tasks, "task") + " on ", event.executor,
                         counted(event.workers, "worker")));
}

void Progress::stage_listed(std::int64_t, const StageListed& event) {
  if (event.stage < stages_.size()) stages_[event.stage].tally.tasks = event.tasks;
}

void Progress::tasks_started(std::int64_t, std::uint32_t stage, std::span<const TaskStarted> tasks) {
  if (stage < stages_.size()) stages_[stage].tally.started(tasks);
}

void Progress::tasks_finished(std::int64_t, std::uint32_t number, std::span<const TaskFinished> tasks) {
  if (number >= stages_.size()) return;
  Stage& stage = stages_[number];
  stage.tally.finished(tasks);
  stage.progress.finished(tasks);
  if (stage.slow.empty()) return;
  for (const TaskFinished& task : tasks) stage.slow.erase({task.index, task.attempt});
}

void Progress::task_slow(std::int64_t, std::uint32_t number, const TaskSlow& task) {
  if (number >= stages_.size()) return;
  Stage& stage = stages_[number];
  if (style_ == Style::live)
    stage.slow.emplace(task.index, task.attempt);
  else
    view_.line(fmt::format("{} has been running for {}{}", name_of(number, task.index),
                           duration_text(static_cast<double>(task.running_ns) / 1e9),
                           stage.progress.text(task.index, task.attempt)));
}

void Progress::task_progress(std::int64_t, std::uint32_t number, const TaskProgress& task) {
  if (number < stages_.size()) stages_[number].progress.reported(task);
}

void Progress::tasks_running(std::int64_t, std::uint32_t number, std::span<const TaskRunning> tasks) {
  if (number >= stages_.size()) return;
  stages_[number].running_now = tasks.size();
  if (style_ == Style::plain) return;
  std::vector<TaskRunning>& longest = stages_[number].longest;
  longest.clear();
  for (const TaskRunning& task : tasks)
    if (task.running_ns >= kLongTaskNs) longest.push_back(task);
  const auto shown = longest.begin() + static_cast<std::ptrdiff_t>(std::min(kMaxTaskLines, longest.size()));
  std::partial_sort(longest.begin(), shown, longest.end(),
                    [](const TaskRunning& a, const TaskRunning& b) { return a.running_ns > b.running_ns; });
  longest.erase(shown, longest.end());
}

void Progress::tasks_waiting(std::int64_t, std::uint32_t number, const TasksWaiting& event) {
  if (number < stages_.size()) stages_[number].tally.waiting = event.count;
}

void Progress::stage_finished(std::int64_t t_ns, const StageFinished& event) {
  if (event.stage >= stages_.size()) return;
  Stage& stage = stages_[event.stage];
  if (!stage.running) return;
  stage.running = false;
  stage.tally.tasks = event.tasks;
  stage.tally.waiting = 0;
  if (style_ == Style::live) return tick(t_ns);
  view_.line(fmt::format("stage {}: {}, {} in {}{}", event.name, outcome_name(event.outcome), stage.tally.done_text(),
                         duration_text(static_cast<double>(event.wall_ns) / 1e9), stage.tally.rest_text()));
}

void Progress::run_finished(std::int64_t, const RunFinished&) {
  items_ = nullptr;
  if (style_ == Style::live) view_.frame({});
}

void Progress::tick(std::int64_t t_ns) {
  const bool plain = style_ == Style::plain;
  std::int64_t& last_ns = plain ? printed_ns_ : drawn_ns_;
  if (t_ns - last_ns < (plain ? kPrintSeldom_ns : kRedraw_ns)) return;
  last_ns = t_ns;
  for (Stage& stage : stages_)
    if (stage.running) stage.rate.update(t_ns, stage.tally.done() - stage.tally.kept);
  plain ? print_rest(t_ns) : draw(t_ns);
}

std::vector<StageRow> Progress::rows(std::int64_t t_ns) const {
  std::vector<StageRow> rows;
  for (const Stage& stage : stages_) {
    if (!stage.running) continue;
    const bool measured = t_ns - stage.began_ns >= kMinRateNs;
    rows.push_back({.name = stage.name,
                    .executor = stage.executor,
                    .workers = stage.workers,
                    .tally = &stage.tally,
                    .running = stage.running_now,
                    .per_second = measured ? stage.rate.per_second(t_ns) : std::nullopt,
                    .seconds_left = measured ? stage.rate.seconds_left(t_ns, stage.tally.left()) : std::nullopt,
                    .elapsed_s = static_cast<double>(t_ns - stage.began_ns) / 1e9});
  }
  return rows;
}

/// The lines of stages that have run for as long as lines are apart, so that short stages have none.
void Progress::print_rest(std::int64_t t_ns) {
  std::vector<StageRow> due = rows(t_ns);
  std::erase_if(due, [](const StageRow& row) { return row.elapsed_s * 1e9 < kPrintSeldom_ns; });
  const std::size_t whole = due.size() <= kMaxPlainLines ? due.size() : kMaxPlainLines - 1;
  for (const StageRow& row : std::span(due).first(whole)) {
    std::string line = fmt::format("stage {}: {}, {} running{}", row.name, row.tally->done_text(), grouped(row.running),
                                   row.tally->rest_text());
    if (row.per_second) line += ", " + rate_text(*row.per_second);
    if (row.seconds_left) line += ", ETA " + passing_time_text(*row.seconds_left + 0.999);
    view_.line(line);
  }
  if (whole < due.size()) view_.line(folded_line(std::span(due).subspan(whole), false, kNoLimit));
}

/// Stages first. Tasks have the lines that are left, and a few in any case.
void Progress::draw(std::int64_t t_ns) {
  // The last column stays free, because some terminals wrap the line when it is written. So does the last line, for
  // what was printed above.
  const std::size_t columns = std::max(2u, view_.width()) - 1, lines = std::max(2u, view_.height()) - 1;
  const std::vector<LongTask> tasks = longest(std::clamp<std::size_t>((lines + 1) / 5, 1, kMaxTaskLines));
  const std::vector<StageRow> stages = rows(t_ns);
  const std::size_t most = lines - std::min(tasks.size(), lines - 1);
  const std::size_t whole = stages.size() <= most ? stages.size() : most - 1;
  std::vector<std::string> frame = stage_lines(std::span(stages).first(whole), columns);
  if (whole < stages.size()) frame.push_back(folded_line(std::span(stages).subspan(whole), whole == 0, columns));
  for (const LongTask& task : tasks)
    if (frame.size() < lines) frame.push_back(task_line(task_row(task), columns));
  view_.frame(frame);
}

/// Over all stages, the longest first.
std::vector<Progress::LongTask> Progress::longest(std::size_t most) const {
  std::vector<LongTask> all;
  for (std::uint32_t number = 0; number < stages_.size(); ++number)
    if (stages_[number].running)
      for (const TaskRunning& task : stages_[number].longest) all.push_back({number, task});
  std::stable_sort(all.begin(), all.end(),
                   [](const LongTask& a, const LongTask& b) { return a.task.running_ns > b.task.running_ns; });
  if (all.size() > most) all.resize(most);
  return all;
}

TaskRow Progress::task_row(const LongTask& long_task) const {
  const Stage& stage = stages_[long_task.stage];
  const TaskRunning& task = long_task.task;
  std::string detail = task.attempt > 1 ? fmt::format(", attempt {}", task.attempt) : "";
  if (stage.slow.contains({task.index, task.attempt})) detail += ", slow";
  detail += stage.progress.text(task.index, task.attempt);
  if (!detail.empty()) detail.erase(0, 2);
  return {.running_ns = task.running_ns, .name = name_of(long_task.stage, task.index), .detail = std::move(detail)};
}

std::string Progress::name_of(std::uint32_t stage, std::uint64_t index) const {
  return task_name(stages_[stage].name, index, shown(items_ ? items_->item_of(stage, index) : std::nullopt));
}

std::unique_ptr<Observer> make_progress_report(ProgressView& view, ProgressStyle style) {
  return std::make_unique<Progress>(view, style);
}

}  // namespace ropewalk
