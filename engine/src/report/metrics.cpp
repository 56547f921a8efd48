#include "report/metrics.hpp"

#include "report/numbers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <memory>

namespace ropewalk {
namespace {

constexpr double kMetricSecond = 1e9;

/// Of a label's value: backslash, quote and line end are the only characters that need it.
std::string escaped(std::string_view value) {
  std::string out;
  for (const char c : value) {
    if (c == '\\' || c == '"') out += '\\';
    if (c == '\n')
      out += "\\n";
    else
      out += c;
  }
  return out;
}

std::string label(std::string_view name, std::string_view value) {
  return fmt::format("{}=\"{}\"", name, escaped(value));
}

}  // namespace

/// Samples of one metric at a time, as the format asks for.
class Metrics::Text {
 public:
  explicit Text(std::string_view workflow) : workflow_(label("workflow", workflow)) {}

  void metric(std::string_view name, const char* type, std::string_view help) {
    name_ = name;
    fmt::format_to(std::back_inserter(out), "# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
  }
  template <class Number>
  void sample(std::string_view labels, Number value, std::string_view suffix = {}) {
    fmt::format_to(std::back_inserter(out), "{}{}{{{}{}{}}} {}\n", name_, suffix, workflow_, labels.empty() ? "" : ",",
                   labels, value);
  }
  void seconds(std::string_view labels, std::int64_t ns, std::string_view suffix = {}) {
    std::string value;
    append_json_seconds(value, ns);
    sample(labels, value, suffix);
  }

  std::string out;

 private:
  const std::string workflow_;
  std::string name_;
};

Metrics::Stage& Metrics::stage(std::uint32_t number) {
  if (stages_.size() <= number) stages_.resize(number + 1);
  return stages_[number];
}

void Metrics::run_started(std::int64_t, const RunStarted& event) {
  run_id_ = event.run_id;
  workflow_ = event.workflow;
  started_unix_ns_ = event.started_unix_ns;
}

void Metrics::stage_started(std::int64_t t_ns, const StageStarted& event) {
  Stage& begun = stage(event.stage);
  begun.started = true;
  begun.name = event.name;
  begun.task = event.task;
  begun.executor = event.executor;
  begun.workers = event.workers;
  begun.tasks = event.tasks;
  begun.started_ns = t_ns;
}

void Metrics::stage_listed(std::int64_t, const StageListed& event) { stage(event.stage).tasks = event.tasks; }

void Metrics::tasks_started(std::int64_t, std::uint32_t number, std::span<const TaskStarted> tasks) {
  stage(number).begun += tasks.size();
}

void Metrics::tasks_finished(std::int64_t, std::uint32_t number, std::span<const TaskFinished> tasks) {
  Stage& owner = stage(number);
  for (const TaskFinished& task : tasks) {
    if (task.last)
      ++owner.outcomes[static_cast<std::size_t>(task.outcome)];
    else
      ++owner.retries;
    // An attempt of an earlier session is no work of this run.
    if (task.attempt == 0 || task.kept) continue;
    ++owner.attempts;
    owner.run_ns += task.run_ns;
    owner.cpu_ns += task.cpu_ns;
    const double run_s = static_cast<double>(task.run_ns) / kMetricSecond;
    const auto bound = std::lower_bound(kBounds_s.begin(), kBounds_s.end(), run_s);
    ++owner.buckets[static_cast<std::size_t>(bound - kBounds_s.begin())];
  }
}

/// Tasks of a stage that never started have no event of their own.
void Metrics::add_unseen(Stage& stage, const TaskCounts& counts) {
  for (const auto& [outcome, all] : {std::pair(Outcome::skipped, counts.skipped),
                                     {Outcome::cancelled, counts.cancelled},
                                     {Outcome::not_started, counts.not_started}}) {
    std::uint64_t& seen = stage.outcomes[static_cast<std::size_t>(outcome)];
    seen = std::max(seen, all);
  }
}

void Metrics::stage_finished(std::int64_t, const StageFinished& event) {
  Stage& ended = stage(event.stage);
  ended.ended = true;
  ended.name = event.name;
  ended.tasks = event.tasks;
  ended.wall_ns = event.wall_ns;
  ended.runnable_wait_ns = event.runnable_wait_ns;
  add_unseen(ended, event.counts);
}

void Metrics::run_finished(std::int64_t, const RunFinished& event) {
  finished_ = true;
  outcome_ = event.outcome;
  broken_ = event.broken;
  wall_ns_ = event.wall_ns;
}

/// Stages with a name, each with its label.
template <class Visit>
void Metrics::for_each_stage(const Visit& visit) const {
  for (const Stage& stage : stages_)
    if (!stage.name.empty()) visit(stage, label("stage", stage.name));
}

std::string Metrics::text(std::int64_t now_ns, std::string_view unfinished) const {
  Text text(workflow_);
  append_run(text, now_ns, unfinished);
  append_stages(text, now_ns, unfinished);
  append_tasks(text);
  return std::move(text.out);
}

void Metrics::append_run(Text& text, std::int64_t now_ns, std::string_view unfinished) const {
  text.metric("ropewalk_run_info", "gauge", "The run that the other metrics are about.");
  text.sample(label("run", run_id_), 1);
  const std::string_view state = !unfinished.empty() ? unfinished
                                 : !finished_        ? "running"
                                 : broken_           ? "broken"
                                                     : outcome_name(outcome_);
  text.metric("ropewalk_run_state", "gauge", "1 for the state that the run is in, else 0.");
  for (const std::string_view each : {"running", "succeeded", "failed", "cancelled", "broken", "killed"})
    text.sample(label("state", each), each == state ? 1 : 0);
  text.metric("ropewalk_run_start_time_seconds", "gauge", "When the run began, since 1970.");
  text.seconds("", started_unix_ns_);
  text.metric("ropewalk_run_duration_seconds", "gauge", "How long the run has lasted so far, or lasted.");
  text.seconds("", finished_ ? wall_ns_ : now_ns);
}

void Metrics::append_stages(Text& text, std::int64_t now_ns, std::string_view unfinished) const {
  text.metric("ropewalk_stage_info", "gauge", "Task type and executor of a stage that has started.");
  for_each_stage([&](const Stage& stage, const std::string& labels) {
    if (stage.started)
      text.sample(labels + "," + label("task", stage.task) + "," + label("executor", stage.executor), 1);
  });
  text.metric("ropewalk_stage_workers", "gauge", "Tasks of the stage that can run at once.");
  for_each_stage([&](const Stage& stage, const std::string& labels) {
    if (stage.started) text.sample(labels, stage.workers);
  });
  text.metric("ropewalk_stage_tasks", "gauge", "Tasks of the stage; absent until their number is known.");
  for_each_stage([&](const Stage& stage, const std::string& labels) {
    if (stage.tasks != 0 || stage.ended) text.sample(labels, stage.tasks);
  });
  text.metric("ropewalk_stage_running_tasks", "gauge", "Tasks of the stage that run now.");
  for_each_stage([&](const Stage& stage, const std::string& labels) {
    const bool runs = !finished_ && !stage.ended && unfinished.empty() && stage.begun > stage.attempts;
    text.sample(labels, runs ? stage.begun - stage.attempts : 0);
  });
  text.metric("ropewalk_stage_duration_seconds", "gauge", "How long the stage has lasted so far, or lasted.");
  for_each_stage([&](const Stage& stage, const std::string& labels) {
    if (stage.started)
      text.seconds(labels, stage.ended ? stage.wall_ns : std::max<std::int64_t>(now_ns - stage.started_ns, 0));
  });
  text.metric("ropewalk_stage_runnable_wait_seconds_total", "counter",
              "Time for which tasks were ready to run without a core; known when the stage has ended.");
  for_each_stage([&](const Stage& stage, const std::string& labels) { text.seconds(labels, stage.runnable_wait_ns); });
}

void Metrics::append_tasks(Text& text) const {
  text.metric("ropewalk_tasks_total", "counter", "Tasks that have ended, by outcome.");
  for_each_stage([&](const Stage& stage, const std::string& labels) {
    for (std::size_t i = 0; i < kOutcomes; ++i)
      if (const auto outcome = static_cast<Outcome>(i); outcome != Outcome::left_out)
        text.sample(labels + "," + label("outcome", outcome_name(outcome)), stage.outcomes[i]);
  });
  text.metric("ropewalk_task_retries_total", "counter", "Attempts that were followed by another one.");
  for_each_stage([&](const Stage& stage, const std::string& labels) { text.sample(labels, stage.retries); });
  text.metric("ropewalk_task_cpu_seconds_total", "counter", "CPU time of the attempts that have ended.");
  for_each_stage([&](const Stage& stage, const std::string& labels) { text.seconds(labels, stage.cpu_ns); });
  text.metric("ropewalk_task_run_seconds", "histogram", "Run times of the attempts that have ended.");
  for_each_stage([&](const Stage& stage, const std::string& labels) {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i <= kBounds_s.size(); ++i) {
      sum += stage.buckets[i];
      const std::string bound = i < kBounds_s.size() ? fmt::format("{}", kBounds_s[i]) : "+Inf";
      text.sample(labels + "," + label("le", bound), sum, "_bucket");
    }
    text.seconds(labels, stage.run_ns, "_sum");
    text.sample(labels, stage.attempts, "_count");
  });
}

std::unique_ptr<MetricsReport> make_metrics_report() { return std::make_unique<Metrics>(); }

}  // namespace ropewalk
