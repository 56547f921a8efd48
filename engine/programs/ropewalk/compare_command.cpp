#include "commands.hpp"

#include "base/cycles.hpp"
#include "base/processes.hpp"
#include "base/text.hpp"
#include "choices/cores.hpp"
#include "history/comparison_summary.hpp"
#include "listeners.hpp"
#include "logger.hpp"
#include "other_load.hpp"
#include "output_file.hpp"
#include "page/page.hpp"
#include "plan/items.hpp"
#include "record/session_start.hpp"
#include "report/numbers.hpp"
#include "run_state.hpp"
#include "same_results.hpp"
#include "stdout_reader.hpp"
#include "workflow/document.hpp"

#include <ropewalk/codes.hpp>
#include <ropewalk/engine.hpp>
#include <ropewalk/executors.hpp>
#include <ropewalk/observer_list.hpp>
#include <ropewalk/report.hpp>
#include <ropewalk/version.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <ctime>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace ropewalk::cli {
namespace {

/// One way to run the workflow.
struct Mode {
  std::string name;  ///< "thread x4"
  Plan plan;
};

/// Whether the workflow can run several times: what it reads from a stream is gone after the first one.
Result<void> check_streams(const Plan& plan) {
  for (const PlannedStage& stage : plan.stages)
    if (const std::string stream = stage.items->stream({.params = plan.params}); !stream.empty())
      return Errors(Error{codes::kBadOptionValue,
                          fmt::format("stage '{}' reads its items from {}, which can be read once only", stage.name,
                                      escape_for_display(stream)),
                          {},
                          {"write the items to a file, and name that file in the workflow"}});
  return {};
}

/// Plans every mode, so that nothing runs if one of them is refused.
Result<std::vector<Mode>> plan_modes(const Workflow& workflow, Engine& engine, const Options& options) {
  std::vector<Mode> modes;
  const std::int64_t now_s = std::time(nullptr);  // the same for all modes, whose results are compared
  for (const std::string& executor : options.compare.executors) {
    const std::vector<unsigned> one{1};
    const ExecutorKind* const kind = find_executor(executor);
    const bool has_one = kind != nullptr && !kind->parallel;
    for (const unsigned workers : has_one ? one : options.compare.workers) {
      std::string name = has_one ? executor : fmt::format("{} x{}", executor, workers);
      const auto same = [&](const Mode& mode) { return mode.name == name; };
      if (std::any_of(modes.begin(), modes.end(), same)) continue;
      PlanOptions planning = plan_options(options);
      planning.executors = {{"", executor}};
      planning.jobs = planning.cores = workers;
      planning.now_unix_s = now_s;
      auto plan = engine.plan(workflow, planning);
      if (!plan) return plan.error();
      if (const auto good = check_streams(*plan); !good) return good.error();
      modes.push_back({std::move(name), std::move(*plan)});
    }
  }
  return modes;
}

/// Counts tasks whose process died of a signal.
class CrashCount final : public Observer {
 public:
  void tasks_finished(std::int64_t, std::uint32_t, std::span<const TaskFinished> tasks) override {
    for (const TaskFinished& task : tasks) crashed += task.last && task.outcome == Outcome::crashed;
  }
  std::uint64_t crashed = 0;
};

class Comparer {
 public:
  Comparer(std::vector<Mode> modes, Engine& engine, const Options& options, Screen& screen, Signals& signals)
      : modes_(std::move(modes)), engine_(engine), options_(options), screen_(screen), signals_(signals) {
    const Plan& plan = modes_.front().plan;
    told_.workflow = plan.workflow;
    told_.rounds = options.compare.runs;
    told_.version = program_version();
    told_.started_unix_ns = unix_ns();
    told_.machine = machine_name();
    told_.cores = usable_cores();
    told_.command = record::command_json(options.words, plan);
    for (const Mode& mode : modes_) told_.modes.push_back({.name = mode.name, .runs = {}});
  }

  /// Round 0 warms up. The modes take turns in beginning a round, so that what changes with time meets all of them.
  /// `page`: of --report; null: none.
  int run(OutputFile* page) {
    for (unsigned round = 0; round <= told_.rounds && goes_on_; ++round)
      for (std::size_t i = 0; i < modes_.size() && goes_on_; ++i) run_mode((i + round) % modes_.size(), round);
    screen_.settle();
    engine_.dismiss();
    told_.difference = results_.difference();
    if (!problem_.empty()) screen_.say(fmt::format("ropewalk: {}\n", problem_));
    if (const bool good = write_page_to(page); !print_comparison() || !good) return kOutputFailed;
    return code_ != 0 ? code_ : failed_ || !told_.difference.empty() ? kTaskFailed : 0;
  }

 private:
  bool print_comparison() {
    std::string text;
    if (options_.json)
      append_comparison_json(text, summary_of(told_));
    else
      append_comparison(text, told_);
    if (options_.report != "-") return print(text, screen_);
    screen_.say(text);  // the page has standard output
    return true;
  }

  bool write_page_to(OutputFile* page) {
    if (page == nullptr) return true;
    page->write(page_html(summary_of(told_)));
    const std::string problem = page->commit();
    if (!problem.empty()) screen_.say(fmt::format("ropewalk: {}\n", problem));
    return problem.empty();
  }

  void run_mode(std::size_t number, unsigned round) {
    const Mode& mode = modes_[number];
    if (!options_.quiet && screen_.live())
      screen_.frame({round == 0 ? fmt::format("warm-up: {}", mode.name)
                                : fmt::format("round {} of {}: {}", round, told_.rounds, mode.name)});
    RunState state;
    ObserverList listeners;
    CrashCount crashes;
    listeners.add(state);
    listeners.add(crashes);
    listeners.add(reader_);
    const auto begin = std::chrono::steady_clock::now();
    const double others_before = other_cpu_s();
    signals_.attach(engine_, state, mode.plan);
    const RunResult result =
        engine_.run(mode.plan, listeners, {.keep_results = true, .grace = std::chrono::nanoseconds(0)});
    signals_.run_ended();
    signals_.detach();
    const double others_s = std::max(other_cpu_s() - others_before, 0.0);
    // Over the same time, which is longer than the run.
    const std::chrono::duration<double> looked_s = std::chrono::steady_clock::now() - begin;
    if (result.broken) return end(kInternal, fmt::format("{}: {}", mode.name, escape_for_display(result.why)));
    if (result.outcome == Outcome::cancelled) return end(kTaskFailed, "stopped; this is what is known");
    if (result.outcome != Outcome::failed && result.tasks() == 0)
      return end(exit_code(result), "the workflow has no task at all");
    results_.begin(mode.name);
    write_results(result, results_);
    results_.end();
    const std::string lost = result.results ? result.results->problem() : std::string();
    if (!lost.empty() || !results_.problem().empty())
      return end(kOutputFailed,
                 fmt::format("results cannot be compared: {}", lost.empty() ? results_.problem() : lost));
    const ModeRun measured = measure(result, crashes.crashed, others_s / looked_s.count());
    failed_ = failed_ || result.outcome != Outcome::succeeded;
    if (round == 0 && measured.failed > 0)
      screen_.say(fmt::format("ropewalk: {}: {} failed in the warm-up\n", mode.name, counted(measured.failed, "task")));
    if (result.outcome == Outcome::failed && measured.failed == 0)
      return end(kTaskFailed, fmt::format("{}: {}", mode.name, why_it_failed(result)));
    if (round > 0) told_.modes[number].runs.push_back(measured);
    if (!results_.difference().empty()) goes_on_ = false;
  }

  /// Of a run in which no task failed: its first stage that did.
  static std::string why_it_failed(const RunResult& result) {
    for (const StageResult& stage : result.stages)
      if (stage.outcome == Outcome::failed)
        return fmt::format("stage '{}' failed: {}", stage.name, escape_for_display(stage.why));
    return escape_for_display(result.why);
  }

  static ModeRun measure(const RunResult& result, std::uint64_t crashed, double others_cores) {
    ModeRun run{.wall_s = result.wall_s, .tasks = result.tasks(), .crashed = crashed, .others_cores = others_cores};
    for (const StageResult& stage : result.stages) {
      run.cpu_s += stage.cpu_s;
      run.failed += stage.failed;
    }
    return run;
  }

  void end(int code, std::string why) {
    goes_on_ = false;
    code_ = code;
    problem_ = std::move(why);
  }

  const std::vector<Mode> modes_;
  Engine& engine_;
  const Options& options_;
  Screen& screen_;
  Signals& signals_;
  StdoutReader reader_{engine_, screen_};
  ModeComparison told_;
  SameResults results_;
  std::string problem_;  // why it ends early; empty: it does not
  bool goes_on_ = true, failed_ = false;
  int code_ = 0;
};

}  // namespace

int compare(const Options& options, Screen& screen, Signals& signals) {
  Logger logger(screen, options.verbose);
  Engine engine(engine_options(options, logger));
  engine.prepare();
  const auto workflow = load_workflow(options.arguments.front());
  if (!workflow) return refuse(workflow.error(), screen);
  if (const auto good = check_outputs(options, files_of(*workflow, options)); !good)
    return refuse(good.error(), screen);
  auto modes = plan_modes(*workflow, engine, options);
  if (!modes) return refuse(modes.error(), screen);
  std::unique_ptr<OutputFile> page;
  if (!options.report.empty()) {
    auto opened = OutputFile::open(options.report, OutputFile::Kind::document, "--report");
    if (!opened) return refuse(opened.error(), screen);
    page = std::move(*opened);
  }
  return Comparer(std::move(*modes), engine, options, screen, signals).run(page.get());
}

}  // namespace ropewalk::cli
