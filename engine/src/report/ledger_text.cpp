#include "report/ledger_text.hpp"

#include "base/text.hpp"
#include "events/task_name.hpp"
#include "plan/executor_table.hpp"
#include "report/aligned_rows.hpp"
#include "report/numbers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace ropewalk {
namespace {

constexpr double kLargeLoss = 0.1;        // of the workers' time: less is not worth a sentence
constexpr double kSmallestLoss_s = 1e-3;  // of workers
constexpr double kShown = 0.0005;         // a share that is not shown as 0.0%

bool has_ledger(const StageResult& stage) { return stage.ledger && stage.ledger->total_s > 0; }

double share(const StageLedger& ledger, double seconds) { return seconds / ledger.total_s; }

/// "12.3%"; a tiny negative share is "0.0%", not "-0.0%".
std::string percent(double share) {
  const double tenths = std::round(share * 1000) / 10;
  return fmt::format("{:.1f}%", tenths == 0 ? 0.0 : tenths);
}

/// "87%", in a sentence.
std::string about(double share) { return fmt::format("{:.0f}%", std::min(share, 1.0) * 100); }

// --- sentences ---

/// "3 of 8 workers were starved", on average over the stage.
std::string workers_were(const StageResult& stage, double seconds, std::string_view what) {
  const double all = std::max(stage.workers, 1u);
  const auto some = static_cast<std::uint64_t>(std::llround(share(*stage.ledger, seconds) * all));
  if (some == 0 || stage.workers <= 1)
    return fmt::format("its {} {} for {} of the time", stage.workers > 1 ? "workers were" : "worker was", what,
                       about(share(*stage.ledger, seconds)));
  return fmt::format("{} of {} workers were {} on average", grouped(some), grouped(stage.workers), what);
}

std::string starved_text(const StageResult& stage) {
  const StageLedger& ledger = *stage.ledger;
  const std::string starved = workers_were(stage, ledger.starved_s, "starved");
  if (ledger.retry_s > ledger.starved_s / 2) return starved + ": tasks waited for the delay of their retry";
  if (!ledger.fed_by.empty()) return fmt::format("{}: stage '{}' feeds too slowly", starved, ledger.fed_by);
  return starved + ": its items become known too slowly";
}

std::string core_wait_text(const StageResult& stage) {
  const StageLedger& ledger = *stage.ledger;
  const std::string waited = "tasks were ready to run and had no core for " + about(share(ledger, ledger.core_wait_s)) +
                             " of the workers' time";
  if (ledger.cores != 0 && stage.workers > ledger.cores)
    return fmt::format("{} workers share {}: {}", grouped(stage.workers), counted(ledger.cores, "core"), waited);
  return waited + ": other stages or programs use the cores";
}

std::string tail_text(const StageResult& stage) {
  const StageLedger& ledger = *stage.ledger;
  if (stage.tasks < stage.workers)
    return fmt::format("{} for {} workers: {} had nothing to do", counted(stage.tasks, "task"), grouped(stage.workers),
                       grouped(stage.workers - stage.tasks));
  if (!ledger.last_task || ledger.last_task->run_s <= 0)
    return workers_were(stage, ledger.tail_s, "idle") + ": no task was left to begin";
  const double idle = std::clamp(ledger.tail_s / ledger.last_task->run_s, 1.0, std::max(stage.workers - 1.0, 1.0));
  const auto workers = static_cast<std::uint64_t>(std::llround(idle));
  return fmt::format("the last task, {}, ran {} while {} had nothing left to do",
                     task_name(stage.name, ledger.last_task->index, ledger.last_task->item),
                     duration_text(ledger.last_task->run_s), counted(workers, "worker"));
}

std::string start_text(const StageResult& stage) {
  const ExecutorKind::Worker worker = worker_kind(stage.choice ? stage.choice->executor : stage.executor);
  const std::string went = about(share(*stage.ledger, stage.ledger->start_s)) + " of the workers' time went into ";
  if (worker == ExecutorKind::Worker::process_a_task)
    return went + "starting a process for each task; 'executor: process' starts one for each worker";
  if (worker == ExecutorKind::Worker::thread_a_task)
    return went + "starting a thread for each task; 'executor: thread' starts one for each worker";
  return fmt::format("{}starting processes and into open() of '{}'", went, escape_for_display(stage.task));
}

std::string dispatch_text(const StageResult& stage) {
  const StageLedger& ledger = *stage.ledger;
  const std::string waited = about(share(ledger, ledger.dispatch_s)) + " of the workers' time";
  if (!ledger.metg_s) return "workers waited for the engine to hand them a task for " + waited;
  return fmt::format("tasks of {} are short for what a worker loses between two of them, {}: {} went there",
                     duration_text(stage.task_s.median), duration_text(*ledger.metg_s), waited);
}

/// Threads of one interpreter that compute share its lock, so all of them together use about one core.
bool waits_for_interpreter(const StageResult& stage) {
  constexpr double kComputes = 0.7;  // of a core, for each interpreter
  const StageLedger& ledger = *stage.ledger;
  if (ledger.interpreter_threads < 2) return false;
  return (ledger.user_s + ledger.system_s) * ledger.interpreter_threads >= kComputes * ledger.total_s;
}

/// More workers help only where a core is free for them, and never where tasks wait for each other. The ledger does not
/// tell such waits from others.
std::string blocked_text(const StageResult& stage) {
  const StageLedger& ledger = *stage.ledger;
  const std::string blocked =
      fmt::format("tasks were blocked for {} of the workers' time", about(share(ledger, ledger.blocked_s)));
  if (waits_for_interpreter(stage))
    return fmt::format(
        "{}: {} threads share an interpreter of Python, whose lock (the GIL) lets one of them compute; "
        "'executor: process' gives each its own",
        blocked, grouped(ledger.interpreter_threads));
  if (!ledger.idle_cores) return blocked;
  if (*ledger.idle_cores < 0.5)
    return blocked + ", and no core was idle: commands and threads of tasks that wait for a core count too";
  const ExecutorKind* kind = find_executor(stage.executor);
  const bool parallel = kind == nullptr || kind->parallel;
  return fmt::format("{}, and {:.1f} of {} {} idle: {} unless they wait for each other", blocked, *ledger.idle_cores,
                     counted(ledger.cores, "core"), ledger.cores == 1 ? "was" : "were",
                     parallel ? "more workers help" : "running several at once helps");
}

// --- the table ---

struct Part {
  std::string_view title;
  double StageLedger::*seconds;
  std::string (*sentence)(const StageResult&);  // what was lost; null: no loss
};
constexpr std::array<Part, 9> kParts{{{"user", &StageLedger::user_s, nullptr},
                                      {"system", &StageLedger::system_s, nullptr},
                                      {"core wait", &StageLedger::core_wait_s, core_wait_text},
                                      {"blocked", &StageLedger::blocked_s, blocked_text},
                                      {"dispatch", &StageLedger::dispatch_s, dispatch_text},
                                      {"starved", &StageLedger::starved_s, starved_text},
                                      {"start", &StageLedger::start_s, start_text},
                                      {"tail", &StageLedger::tail_s, tail_text},
                                      {"residual", &StageLedger::residual_s, nullptr}}};

using Rows = std::vector<std::vector<std::string>>;

Rows rows_of(const std::vector<StageResult>& stages) {
  std::vector<const StageResult*> measured;
  for (const StageResult& stage : stages)
    if (has_ledger(stage)) measured.push_back(&stage);
  if (measured.empty()) return {};
  const auto any = [&](auto&& has) {
    return std::any_of(measured.begin(), measured.end(), [&](const StageResult* stage) { return has(*stage->ledger); });
  };
  Rows rows(measured.size() + 1);
  const auto add = [&](std::string_view title, auto&& text) {
    rows[0].emplace_back(title);
    for (std::size_t i = 0; i < measured.size(); ++i) rows[i + 1].push_back(text(*measured[i]));
  };
  add("stage", [](const StageResult& stage) { return stage.name; });
  add("workers x time", [](const StageResult& stage) {
    return fmt::format("{} x {}", grouped(stage.workers), duration_text(stage.wall_s));
  });
  for (const Part& part : kParts) {
    const auto of = [&](const StageLedger& ledger) { return share(ledger, ledger.*part.seconds); };
    // The residual says that everything else adds up.
    if (part.seconds != &StageLedger::residual_s && !any([&](const StageLedger& l) { return of(l) >= kShown; }))
      continue;
    add(part.title, [&](const StageResult& stage) { return percent(of(*stage.ledger)); });
  }
  const auto add_cost = [&](std::string_view title, std::optional<double> StageLedger::*cost) {
    if (!any([&](const StageLedger& ledger) { return (ledger.*cost).has_value(); })) return;
    add(title, [&](const StageResult& stage) {
      const std::optional<double>& seconds = (*stage.ledger).*cost;
      return seconds ? duration_text(*seconds) : std::string("-");
    });
  };
  add_cost("engine", &StageLedger::engine_s_per_task);
  add_cost("METG", &StageLedger::metg_s);
  return rows;
}

}  // namespace

std::string ledger_sentence(const StageResult& stage) {
  if (!has_ledger(stage)) return {};
  const Part* largest = nullptr;
  for (const Part& part : kParts)
    if (part.sentence != nullptr &&
        (largest == nullptr || (*stage.ledger).*part.seconds > (*stage.ledger).*largest->seconds))
      largest = &part;
  const double lost_s = (*stage.ledger).*largest->seconds;
  if (lost_s < kSmallestLoss_s || share(*stage.ledger, lost_s) <= kLargeLoss) return {};
  return fmt::format("stage '{}': {}", stage.name, largest->sentence(stage));
}

void append_ledgers(std::string& out, const std::vector<StageResult>& stages, bool color) {
  const Rows rows = rows_of(stages);
  if (rows.empty()) return;
  append_aligned_rows(out, rows, color);
  for (const StageResult& stage : stages)
    if (const std::string sentence = ledger_sentence(stage); !sentence.empty()) out += sentence + "\n";
}

}  // namespace ropewalk
