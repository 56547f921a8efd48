#include "history/comparison_summary.hpp"

#include "report/json_object.hpp"
#include "report/numbers.hpp"
#include "report/time_text.hpp"

#include <ropewalk/json.hpp>
#include <ropewalk/value.hpp>

#include <fmt/format.h>

#include <numeric>
#include <span>
#include <utility>

namespace ropewalk {
namespace {

ComparedMode compared(const ModeRuns& mode, const ModeRuns& baseline) {
  ComparedMode made{.name = mode.name};
  for (const ModeRun& run : mode.runs) {
    made.wall_s.push_back(run.wall_s);
    made.cpu_s += run.cpu_s;
    made.failed += run.failed;
    made.crashed += run.crashed;
  }
  made.outliers = outliers(made.wall_s);
  made.interval = median_interval(made.wall_s);
  if (&mode != &baseline) made.speed_up = speed_up(baseline, mode);
  return made;
}

/// The fastest mode by its median; null: no mode has a run.
const ModeRuns* fastest(std::span<const ModeRuns> modes) {
  const ModeRuns* best = nullptr;
  for (const ModeRuns& mode : modes) {
    const auto interval = interval_of(mode);
    if (interval && (best == nullptr || interval->median < interval_of(*best)->median)) best = &mode;
  }
  return best;
}

std::string verdict_of(std::span<const ModeRuns> modes) {
  const ModeRuns* best = fastest(modes);
  if (best == nullptr) return "no run has ended";
  if (modes.size() == 1) return {};
  // If the baseline is the fastest, it is compared with the next one.
  const ModeRuns* other = best == &modes.front() ? fastest(modes.subspan(1)) : &modes.front();
  if (other == nullptr) return "only one mode has runs";
  const auto change = speed_up(*other, *best);
  if (!change) return "no interval: two or more rounds are needed";
  if (!change->is_evident())
    return fmt::format("no evidence of a difference between {} and {}", best->name, other->name);
  return fmt::format("{} is {:.1f} +- {:.1f} times faster than {}", best->name, change->ratio,
                     (change->high - change->low) / 2, other->name);
}

void append_mode(std::string& out, const ComparedMode& mode) {
  JsonObject object(out);
  object.text("mode", mode.name);
  object.list("wall_s", mode.wall_s, [&](double wall_s) { append_json_rounded(out, wall_s, 7); });
  if (mode.interval) {
    object.number("median_s", mode.interval->median);
    object.number("low_s", mode.interval->low);
    object.number("high_s", mode.interval->high);
    object.number("confidence", mode.interval->confidence);
  }
  if (mode.speed_up) {
    JsonObject faster(object.key("speed_up"));
    faster.number("ratio", mode.speed_up->ratio);
    faster.number("low", mode.speed_up->low);
    faster.number("high", mode.speed_up->high);
    faster.truth("evident", mode.speed_up->is_evident());
  }
  object.number("cpu_s", mode.cpu_s);
  object.count("failed", mode.failed);
  object.count("crashed", mode.crashed);
  object.list("outliers", mode.outliers, [&](std::size_t place) { append_json_count(out, place + 1); });
}

}  // namespace

double ComparedMode::wall_sum_s() const { return std::accumulate(wall_s.begin(), wall_s.end(), 0.0); }

ComparisonSummary summary_of(const ModeComparison& comparison) {
  ComparisonSummary summary{.workflow = comparison.workflow,
                            .rounds = comparison.rounds,
                            .notes = disturbances(comparison.modes),
                            .verdict = verdict_of(comparison.modes),
                            .difference = comparison.difference,
                            .version = comparison.version,
                            .started = comparison.started_unix_ns != 0 ? utc_time_text(comparison.started_unix_ns) : "",
                            .machine = comparison.machine,
                            .command = comparison.command,
                            .cores = comparison.cores};
  for (const ModeRuns& mode : comparison.modes) summary.modes.push_back(compared(mode, comparison.modes.front()));
  return summary;
}

void append_comparison_json(std::string& out, const ComparisonSummary& comparison) {
  {
    JsonObject document(out);
    document.count("schema", 1);
    document.text("ropewalk", comparison.version);
    document.text("workflow", comparison.workflow);
    document.count("rounds", comparison.rounds);
    document.list("modes", comparison.modes, [&](const ComparedMode& mode) { append_mode(out, mode); });
    document.list("notes", comparison.notes, [&](const std::string& each) { append_json_string(out, each); });
    document.truth("same_results", comparison.difference.empty());
    document.optional_text("difference", comparison.difference);
    document.optional_text("verdict", comparison.verdict);
    document.optional_text("started", comparison.started);
    document.optional_text("machine", comparison.machine);
    if (comparison.cores != 0) document.count("cores", comparison.cores);
    if (!comparison.command.empty()) document.key("command") += comparison.command;
  }
  out += '\n';
}

}  // namespace ropewalk
