#include "report/progress.hpp"

#include "values/shown_value.hpp"
#include "events/task_name.hpp"
#include "base/text.hpp"
#include "report/numbers.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ropewalk {
namespace {

constexpr std::int64_t kRedraw_ns = 100'000'000;
constexpr std::int64_t kSaySeldom_ns = 10'000'000'000;
constexpr std::int64_t kMinRateNs = 200'000'000;     // no rate is shown before, because it would fluctuate
constexpr std::int64_t kLongTaskNs = 2'000'000'000;  // a task of this duration gets its own line
constexpr std::size_t kMaxTaskLines = 4;

}  // namespace

void Progress::run_started(std::int64_t, const RunStarted& event) { items_ = event.items; }

void Progress::stage_started(std::int64_t t_ns, const StageStarted& event) {
  if (stages_.size() <= event.stage) stages_.resize(event.stage + 1);
  Stage& stage = stages_[event.stage];
  stage = Stage{.name = std::string(event.name),
                .running = true,
                .tally = {.tasks = event.tasks},
                .began_ns = t_ns,
                .said_ns = t_ns};
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
  if (number >= stages_.size() || style_ == Style::plain) return;
  stages_[number].running_now = tasks.size();
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
  if (style_ == Style::plain) {
    for (Stage& stage : stages_) {
      if (!stage.running || t_ns - stage.said_ns < kSaySeldom_ns) continue;
      stage.said_ns = t_ns;
      view_.line(fmt::format("stage {}: {}{}", stage.name, stage.tally.done_text(), stage.tally.rest_text()));
    }
    return;
  }
  if (t_ns - drawn_ns_ < kRedraw_ns) return;
  drawn_ns_ = t_ns;
  std::vector<std::string> lines;
  const unsigned width = view_.width(), most = std::max(2u, view_.height()) - 1;
  for (const Stage& stage : stages_)
    if (stage.running && lines.size() < most) lines.push_back(live_line(stage, t_ns, width));
  for (std::uint32_t number = 0; number < stages_.size(); ++number)
    for (const TaskRunning& task : stages_[number].longest)
      if (stages_[number].running && lines.size() < most) lines.push_back(task_line(number, task, width));
  view_.frame(lines);
}

std::string Progress::name_of(std::uint32_t stage, std::uint64_t index) const {
  return task_name(stages_[stage].name, index, shown(items_ ? items_->item_of(stage, index) : std::nullopt));
}

std::string Progress::task_line(std::uint32_t number, const TaskRunning& task, unsigned width) const {
  const Stage& stage = stages_[number];
  std::string line = fmt::format("  {}{} running for {:.0f} s{}{}", name_of(number, task.index),
                                 task.attempt > 1 ? fmt::format(", attempt {},", task.attempt) : "",
                                 static_cast<double>(task.running_ns / 1'000'000'000),
                                 stage.slow.contains({task.index, task.attempt}) ? ", slow" : "",
                                 stage.progress.text(task.index, task.attempt));
  line.resize(fitting_columns(line, width > 1 ? width - 1 : 0));
  return line;
}

std::string Progress::live_line(const Stage& stage, std::int64_t t_ns, unsigned width) {
  const Tally& tally = stage.tally;
  std::string tail = " " + (tally.tasks == 0 ? grouped(tally.done())
                                             : fmt::format("{}/{}", grouped(tally.done()), grouped(tally.tasks)));
  if (tally.counts.failed > 0) tail += fmt::format("  {} failed", grouped(tally.counts.failed));
  if (tally.counts.skipped > 0) tail += fmt::format("  {} skipped", grouped(tally.counts.skipped));
  tail += fmt::format("  {} running", grouped(stage.running_now));
  if (tally.waiting > 0) tail += fmt::format("  {} waiting to retry", grouped(tally.waiting));
  const std::int64_t elapsed_ns = t_ns - stage.began_ns;
  if (tally.done() > 0 && elapsed_ns >= kMinRateNs) {
    const double rate = static_cast<double>(tally.done()) / (static_cast<double>(elapsed_ns) / 1e9);
    tail += rate >= 9.95 ? fmt::format("  {}/s", grouped(static_cast<std::uint64_t>(rate + 0.5)))
                         : fmt::format("  {:.1f}/s", rate);
    if (tally.left() > 0) tail += fmt::format("  ETA {}", duration_text(static_cast<double>(tally.left()) / rate));
  }
  tail += fmt::format("  {}", duration_text(static_cast<double>(elapsed_ns) / 1e9));

  constexpr std::size_t kBar = 20;
  std::string line = stage.name;
  if (tally.tasks > 0 && line.size() + tail.size() + kBar + 3 < width) {
    const auto filled =
        static_cast<std::size_t>(static_cast<double>(kBar) * static_cast<double>(std::min(tally.done(), tally.tasks)) /
                                 static_cast<double>(tally.tasks));
    line += fmt::format(" [{}{}]", std::string(filled, '#'), std::string(kBar - filled, '.'));
  }
  line += tail;
  // The last column stays free, because some terminals wrap the line when it is written.
  if (line.size() >= width) line.resize(width > 1 ? width - 1 : 0);
  return line;
}

}  // namespace ropewalk
