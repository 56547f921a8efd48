#include "report/stage_lines.hpp"

#include "base/columns.hpp"
#include "plan/executor_table.hpp"
#include "report/numbers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

namespace ropewalk {
namespace {

constexpr std::size_t kMinBar = 7, kMaxBar = 62;  // with its brackets
constexpr std::size_t kMinName = 8, kMaxName = 40;
constexpr int kStays = 100;

std::string count_text(std::uint64_t count, std::string_view what) {
  return count == 0 ? std::string() : fmt::format("{} {}", grouped(count), what);
}

std::string done_text(const StageRow& row) {
  const std::string done = grouped(row.tally->done());
  return done + "/" + (row.tally->tasks == 0 ? "?" : grouped(row.tally->tasks));
}

std::string bar_text(const StageRow& row, std::size_t columns) {
  if (row.tally->tasks == 0) return {};
  const std::size_t inner = columns - 2;
  const auto filled = static_cast<std::size_t>(static_cast<double>(inner) *
                                               static_cast<double>(std::min(row.tally->done(), row.tally->tasks)) /
                                               static_cast<double>(row.tally->tasks));
  return fmt::format("[{}{}]", std::string(filled, '#'), std::string(inner - filled, '.'));
}

/// Times have six columns, so that lines keep their places while time passes.
std::string eta_text(const StageRow& row) {
  return row.seconds_left ? fmt::format("ETA {:>6}", passing_time_text(*row.seconds_left + 0.999)) : "";
}

struct LineField {
  std::string (*text)(const StageRow& row);
  bool right;
  int rank;  // the lowest one goes first
};
constexpr std::size_t kNameField = 0, kBarField = 2;
constexpr std::array kFields{
    LineField{[](const StageRow& row) { return std::string(row.name); }, false, kStays},
    LineField{[](const StageRow& row) { return executor_text(row.executor, row.workers); }, false, 2},
    LineField{[](const StageRow& row) { return bar_text(row, kMinBar); }, false, 5},
    LineField{done_text, true, kStays},
    LineField{[](const StageRow& row) { return grouped(row.running) + " running"; }, true, 7},
    LineField{[](const StageRow& row) { return count_text(row.tally->counts.failed, "failed"); }, true, 9},
    LineField{[](const StageRow& row) { return count_text(row.tally->retried, "retried"); }, true, 6},
    LineField{[](const StageRow& row) { return count_text(row.tally->waiting, "waiting to retry"); }, true, 4},
    LineField{[](const StageRow& row) { return count_text(row.tally->counts.skipped, "skipped"); }, true, 3},
    LineField{[](const StageRow& row) {
                return row.per_second ? fmt::format("{:>7}", rate_text(*row.per_second)) : std::string();
              },
              true, 1},
    LineField{eta_text, true, 8},
    LineField{[](const StageRow& row) { return fmt::format("{:>6}", passing_time_text(row.elapsed_s)); }, true, 0},
};

/// Which columns there are, how wide they are, and how many blanks are between them. Width 0: the column is absent.
struct Layout {
  std::array<std::size_t, kFields.size()> widths{};
  std::size_t gap = 2;

  std::size_t total() const {
    std::size_t sum = 0;
    for (const std::size_t width : widths) sum += width == 0 ? 0 : width + gap;
    return sum - std::min(sum, gap);
  }
  /// Returns false if only columns that stay are left.
  bool drop_least_important() {
    std::size_t least = kNameField;
    for (std::size_t c = 0; c < widths.size(); ++c)
      if (widths[c] > 0 && kFields[c].rank < kFields[least].rank) least = c;
    if (least == kNameField) return false;
    widths[least] = 0;
    return true;
  }
};

using Cells = std::array<std::string, kFields.size()>;

Layout layout_of(std::span<const Cells> rows, std::size_t columns) {
  Layout layout;
  for (const Cells& row : rows)
    for (std::size_t c = 0; c < row.size(); ++c) layout.widths[c] = std::max(layout.widths[c], columns_in(row[c]));
  layout.widths[kNameField] = std::min(layout.widths[kNameField], std::clamp(columns / 4, kMinName, kMaxName));
  const auto fits = [&] {
    for (const std::size_t gap : {2, 1}) {
      layout.gap = gap;
      if (layout.total() <= columns) return true;
    }
    return false;
  };
  while (!fits() && layout.drop_least_important()) {
  }
  const std::size_t all = layout.total();
  if (layout.widths[kBarField] > 0)
    layout.widths[kBarField] = std::min(layout.widths[kBarField] + columns - all, kMaxBar);
  if (all > columns) layout.widths[kNameField] -= std::min(layout.widths[kNameField] - 1, all - columns);
  return layout;
}

std::string line_of(const Cells& cells, const Layout& layout) {
  std::string line;
  for (std::size_t c = 0; c < cells.size(); ++c) {
    if (layout.widths[c] == 0) continue;
    if (c != kNameField) line.append(layout.gap, ' ');
    const std::string text = cut_middle(cells[c], layout.widths[c]);
    const std::string pad(layout.widths[c] - columns_in(text), ' ');
    line += kFields[c].right ? pad + text : text + pad;
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

}  // namespace

std::string executor_text(std::string_view executor, std::uint32_t workers) {
  const ExecutorKind* kind = find_executor(executor);
  return kind == nullptr || kind->parallel ? fmt::format("{} x{}", executor, workers) : std::string(executor);
}

std::vector<std::string> stage_lines(std::span<const StageRow> rows, std::size_t columns) {
  std::vector<Cells> cells(rows.size());
  for (std::size_t r = 0; r < rows.size(); ++r)
    for (std::size_t c = 0; c < kFields.size(); ++c) cells[r][c] = kFields[c].text(rows[r]);
  const Layout layout = layout_of(cells, columns);
  std::vector<std::string> lines;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    if (layout.widths[kBarField] > 0) cells[r][kBarField] = bar_text(rows[r], layout.widths[kBarField]);
    lines.push_back(cut_end(line_of(cells[r], layout), columns));
  }
  return lines;
}

std::string folded_line(std::span<const StageRow> rows, bool alone, std::size_t columns) {
  Tally all;
  std::uint64_t running = 0;
  bool known = true;
  for (const StageRow& row : rows) {
    all.tasks += row.tally->tasks;
    all.counts.succeeded += row.tally->counts.succeeded;
    all.counts.failed += row.tally->counts.failed;
    running += row.running;
    known = known && row.tally->tasks > 0;
  }
  if (!known) all.tasks = 0;
  std::string line = alone ? counted(rows.size(), "stage")
                           : fmt::format("+{} more stage{}", grouped(rows.size()), rows.size() == 1 ? "" : "s");
  fmt::format_to(std::back_inserter(line), ": {}, {} running", all.done_text(), grouped(running));
  if (all.counts.failed > 0) fmt::format_to(std::back_inserter(line), ", {} failed", grouped(all.counts.failed));
  return cut_end(line, columns);
}

}  // namespace ropewalk
