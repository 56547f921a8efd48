#include "base/text.hpp"
#include "report/numbers.hpp"

#include <ropewalk/run_changes.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace ropewalk {
namespace {

constexpr std::size_t kColumns = 7;
using Cells = std::array<std::string, kColumns>;

/// The direction in a word, or why none can be named.
std::string verdict(const StageChange& change) {
  if (change.before.outcome.empty()) return "only in the second run";
  if (change.after.outcome.empty()) return "only in the first run";
  if (change.pairs < 2)
    return fmt::format("no evidence of a change: {} in both runs",
                       change.pairs == 0 ? "no task succeeded" : "1 task succeeded");
  if (!change.time->is_evident()) return "no evidence of a change";
  return change.time->ratio < 1 ? "faster" : "slower";
}

Cells cells_of(const StageChange& change) {
  const auto wall = [](const StageChange::Side& side) {
    return side.outcome.empty() || side.wall_s <= 0 ? std::string("-") : duration_text(side.wall_s);
  };
  Cells cells{change.name, grouped(change.pairs), wall(change.before), wall(change.after), "-", "-", verdict(change)};
  if (change.time) {
    cells[4] = fmt::format("{:.2f}x", change.time->ratio);
    cells[5] = fmt::format("{:.2f}x to {:.2f}x", change.time->low, change.time->high);
  }
  return cells;
}

void append_table(std::string& out, const std::vector<StageChange>& changes) {
  std::vector<Cells> rows{{"stage", "tasks", "wall before", "wall after", "task time", "95% interval", "verdict"}};
  for (const StageChange& change : changes) rows.push_back(cells_of(change));
  std::array<std::size_t, kColumns> widths{};
  for (const Cells& row : rows)
    for (std::size_t c = 0; c < kColumns; ++c) widths[c] = std::max(widths[c], row[c].size());
  for (const Cells& row : rows) {
    for (std::size_t c = 0; c < kColumns; ++c) {
      const bool left = c == 0 || c + 1 == kColumns, last = c + 1 == kColumns;
      const std::string pad(last ? 0 : widths[c] - row[c].size(), ' ');
      out += (c == 0 ? "" : "  ") + (left ? row[c] + pad : pad + row[c]);
    }
    out += '\n';
  }
}

void append_differences(std::string& out, const StageChange& change, std::size_t ranges) {
  const auto note = [&](std::string_view what, const std::vector<IndexRange>& which) {
    if (which.empty()) return;
    fmt::format_to(std::back_inserter(out), "stage '{}': {} {}: {}\n", change.name, counted(count_of(which), "task"),
                   what, ranges_text(which, ranges));
  };
  if (change.before.outcome.empty() || change.after.outcome.empty()) return;
  if (change.before.outcome != change.after.outcome)
    fmt::format_to(std::back_inserter(out), "stage '{}': {} before, {} after\n", change.name, change.before.outcome,
                   change.after.outcome);
  note("with another outcome", change.outcomes);
  note("with another result", change.results);
  note("in the first run only", change.only_before);
  note("in the second run only", change.only_after);
}

}  // namespace

void append_changes(std::string& out, const RecordedRun& before, const RecordedRun& after,
                    const std::vector<StageChange>& changes, std::size_t ranges) {
  fmt::format_to(std::back_inserter(out), "from {} to {}\n\n", escape_for_display(before.name),
                 escape_for_display(after.name));
  append_table(out, changes);
  std::string differences;
  bool same = true;
  for (const StageChange& change : changes) {
    append_differences(differences, change, ranges);
    same = same && change.results.empty();
  }
  out += '\n' + differences;
  if (same) out += "no result differs\n";
}

}  // namespace ropewalk
