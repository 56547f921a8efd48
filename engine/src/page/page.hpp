#pragma once
// The report of one run, of two side by side, or of a comparison of modes, as an HTML page that loads nothing. Reads
// records; one thread.

#include "history/comparison_summary.hpp"
#include "page/page_run.hpp"

#include <ropewalk/error.hpp>
#include <ropewalk/record.hpp>
#include <ropewalk/run_changes.hpp>

#include <string>
#include <vector>

namespace ropewalk {

/// What the page says, without its looks. Two runs: `changes` are those from the first to the second.
struct PageData {
  std::vector<page::Run> runs;
  std::vector<StageChange> changes;
};

/// One or two records.
Result<PageData> read_page(const std::vector<const Record*>& records, const page::Limits& limits = {});

/// The same data makes the same bytes. No text of a run becomes markup or script, and the page's own policy admits no
/// script but its own and no network.
std::string page_html(const PageData& data);

/// The page of a comparison of modes, in the same style and as safe.
std::string page_html(const ComparisonSummary& comparison);

}  // namespace ropewalk
