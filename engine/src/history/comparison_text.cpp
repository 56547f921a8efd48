#include "base/text.hpp"
#include "history/comparison_summary.hpp"
#include "report/aligned_rows.hpp"
#include "report/numbers.hpp"

#include <fmt/format.h>

#include <iterator>
#include <vector>

namespace ropewalk {
namespace {

using ModeCells = std::vector<std::string>;

/// "3.90x +- 0.10". An interval of two rounds may have any width, so it is shown only with evidence.
std::string speed_text(const TimeChange& change) {
  if (!change.is_evident()) return "no evidence";
  return fmt::format("{:.2f}x +- {:.2f}", change.ratio, (change.high - change.low) / 2);
}

ModeCells cells_of_mode(const ComparedMode& mode) {
  const std::size_t runs = mode.wall_s.size();
  ModeCells cells{mode.name, grouped(runs), "-", "-", "-", "-", "-", "-"};
  if (!mode.interval) return cells;
  cells[2] = duration_text(mode.interval->median);
  cells[3] = fmt::format("{} to {}", duration_text(mode.interval->low), duration_text(mode.interval->high));
  if (mode.speed_up) cells[4] = speed_text(*mode.speed_up);
  cells[5] = duration_text(mode.cpu_s / static_cast<double>(runs));
  cells[6] = fmt::format("{:.2f}", mode.wall_sum_s() > 0 ? mode.cpu_s / mode.wall_sum_s() : 0.0);
  cells[7] = grouped(mode.failed);
  return cells;
}

void append_mode_table(std::string& out, const ComparisonSummary& comparison) {
  std::vector<ModeCells> rows{{"mode", "runs", "median", "interval",
                               "vs " + (comparison.modes.empty() ? std::string() : comparison.modes.front().name),
                               "cpu", "cores", "failed"}};
  for (const ComparedMode& mode : comparison.modes) rows.push_back(cells_of_mode(mode));
  append_aligned_rows(out, rows);
}

}  // namespace

void append_comparison(std::string& out, const ModeComparison& comparison) {
  const ComparisonSummary summary = summary_of(comparison);
  append_mode_table(out, summary);
  for (const std::string& each : summary.notes) out += "note: " + each + '\n';
  for (const ComparedMode& mode : summary.modes)
    if (mode.failed > 0)
      fmt::format_to(std::back_inserter(out), "{}: {} failed in {}{}\n", mode.name, counted(mode.failed, "task"),
                     counted(mode.wall_s.size(), "run"),
                     mode.crashed > 0 ? fmt::format(", {} of them by a crash", grouped(mode.crashed)) : "");
  if (!summary.difference.empty()) out += "the results differ: " + escape_for_display(summary.difference) + '\n';
  if (!summary.verdict.empty()) out += summary.verdict + '\n';
}

}  // namespace ropewalk
