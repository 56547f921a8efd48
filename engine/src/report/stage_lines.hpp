#pragma once
// The lines of running stages on a terminal, one below the other like a table:
//
//   resize    thread x8   [#########...........]  128/1,024  8 running  2 failed     64/s  ETA   14 s    2 s
//   manifest  process x2                              17/?   2 running              8.5/s                2 s
//
// The bar takes the room that is left. In narrow terminals gaps shrink first, then whole columns go, the least
// important one first: elapsed time, rate, executor, skipped, waiting, bar, retried, running, ETA, failed. Pure text.

#include "report/tally.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ropewalk {

struct StageRow {
  std::string_view name, executor;
  std::uint32_t workers = 1;
  const Tally* tally = nullptr;  ///< borrowed
  std::uint64_t running = 0;
  std::optional<double> per_second = {}, seconds_left = {};
  double elapsed_s = 0;
};

/// One line for each row, none wider than `columns`.
std::vector<std::string> stage_lines(std::span<const StageRow> rows, std::size_t columns);

/// "+3 more stages: 120/400 done, 4 running, 2 failed": the stages for which there are no lines. `alone`: there are no
/// lines of others, so nothing is "more".
std::string folded_line(std::span<const StageRow> rows, bool alone, std::size_t columns);

/// "thread x8", "serial".
std::string executor_text(std::string_view executor, std::uint32_t workers);

}  // namespace ropewalk
