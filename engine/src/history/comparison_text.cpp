#include "base/text.hpp"
#include "history/mode_comparison.hpp"
#include "report/aligned_rows.hpp"
#include "report/json_object.hpp"
#include "report/numbers.hpp"

#include <fmt/format.h>

#include <iterator>
#include <span>
#include <vector>

namespace ropewalk {
namespace {

using ModeCells = std::vector<std::string>;

/// Over all runs of a mode.
struct ModeSums {
  double wall_s = 0, cpu_s = 0;
  std::uint64_t failed = 0, crashed = 0;
};

ModeSums sums_of(const ModeRuns& mode) {
  ModeSums sums;
  for (const ModeRun& run : mode.runs) {
    sums.wall_s += run.wall_s;
    sums.cpu_s += run.cpu_s;
    sums.failed += run.failed;
    sums.crashed += run.crashed;
  }
  return sums;
}

/// "3.90x +- 0.10". An interval of two rounds may have any width, so it is shown only with evidence.
std::string speed_text(const TimeChange& change) {
  if (!change.is_evident()) return "no evidence";
  return fmt::format("{:.2f}x +- {:.2f}", change.ratio, (change.high - change.low) / 2);
}

ModeCells cells_of_mode(const ModeComparison& comparison, const ModeRuns& mode) {
  ModeCells cells{mode.name, grouped(mode.runs.size()), "-", "-", "-", "-", "-", "-"};
  const auto interval = interval_of(mode);
  if (!interval) return cells;
  const ModeSums sums = sums_of(mode);
  cells[2] = duration_text(interval->median);
  cells[3] = fmt::format("{} to {}", duration_text(interval->low), duration_text(interval->high));
  if (&mode != &comparison.modes.front())
    if (const auto change = speed_up(comparison.modes.front(), mode)) cells[4] = speed_text(*change);
  cells[5] = duration_text(sums.cpu_s / static_cast<double>(mode.runs.size()));
  cells[6] = fmt::format("{:.2f}", sums.wall_s > 0 ? sums.cpu_s / sums.wall_s : 0.0);
  cells[7] = grouped(sums.failed);
  return cells;
}

void append_mode_table(std::string& out, const ModeComparison& comparison) {
  std::vector<ModeCells> rows{{"mode", "runs", "median", "interval",
                               "vs " + (comparison.modes.empty() ? std::string() : comparison.modes.front().name),
                               "cpu", "cores", "failed"}};
  for (const ModeRuns& mode : comparison.modes) rows.push_back(cells_of_mode(comparison, mode));
  append_aligned_rows(out, rows);
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

std::string verdict_of(const ModeComparison& comparison) {
  const std::span<const ModeRuns> modes = comparison.modes;
  const ModeRuns* best = fastest(modes);
  if (best == nullptr) return "no run has ended\n";
  if (modes.size() == 1) return {};
  // If the baseline is the fastest, it is compared with the next one.
  const ModeRuns* other = best == &modes.front() ? fastest(modes.subspan(1)) : &modes.front();
  if (other == nullptr) return "only one mode has runs\n";
  const auto change = speed_up(*other, *best);
  if (!change) return "no interval: two or more rounds are needed\n";
  if (!change->is_evident())
    return fmt::format("no evidence of a difference between {} and {}\n", best->name, other->name);
  return fmt::format("{} is {:.1f} +- {:.1f} times faster than {}\n", best->name, change->ratio,
                     (change->high - change->low) / 2, other->name);
}

}  // namespace

void append_comparison(std::string& out, const ModeComparison& comparison) {
  append_mode_table(out, comparison);
  for (const std::string& each : disturbances(comparison.modes)) out += "note: " + each + '\n';
  for (const ModeRuns& mode : comparison.modes)
    if (const ModeSums sums = sums_of(mode); sums.failed > 0)
      fmt::format_to(std::back_inserter(out), "{}: {} failed in {}{}\n", mode.name, counted(sums.failed, "task"),
                     counted(mode.runs.size(), "run"),
                     sums.crashed > 0 ? fmt::format(", {} of them by a crash", grouped(sums.crashed)) : "");
  if (!comparison.difference.empty()) out += "the results differ: " + escape_for_display(comparison.difference) + '\n';
  out += verdict_of(comparison);
}

void append_comparison_json(std::string& out, const ModeComparison& comparison, std::string_view version) {
  {
    JsonObject document(out);
    document.count("schema", 1);
    document.text("ropewalk", version);
    document.text("workflow", comparison.workflow);
    document.count("rounds", comparison.rounds);
    document.list("modes", comparison.modes, [&](const ModeRuns& mode) {
      JsonObject object(out);
      const ModeSums sums = sums_of(mode);
      object.text("mode", mode.name);
      object.list("wall_s", mode.runs, [&](const ModeRun& run) { append_json_rounded(out, run.wall_s, 7); });
      if (const auto interval = interval_of(mode)) {
        object.number("median_s", interval->median);
        object.number("low_s", interval->low);
        object.number("high_s", interval->high);
        object.number("confidence", interval->confidence);
      }
      if (const auto change = speed_up(comparison.modes.front(), mode); change && &mode != &comparison.modes.front()) {
        JsonObject faster(object.key("speed_up"));
        faster.number("ratio", change->ratio);
        faster.number("low", change->low);
        faster.number("high", change->high);
        faster.truth("evident", change->is_evident());
      }
      object.number("cpu_s", sums.cpu_s);
      object.count("failed", sums.failed);
      object.count("crashed", sums.crashed);
    });
    document.list("notes", disturbances(comparison.modes),
                  [&](const std::string& each) { append_json_string(out, each); });
    document.truth("same_results", comparison.difference.empty());
    document.optional_text("difference", comparison.difference);
  }
  out += '\n';
}

}  // namespace ropewalk
