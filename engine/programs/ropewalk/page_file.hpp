#pragma once
// What the pages of `report` and --report are made of, and where they go.

#include "history/comparison_summary.hpp"

#include <ropewalk/record.hpp>
#include <ropewalk/sink.hpp>

#include <string>
#include <vector>

namespace ropewalk::cli {

/// Writes the page of one or two records. Errors: those of a record that cannot be read; then nothing is written.
Result<void> write_page(const std::vector<const Record*>& records, Sink& sink);

/// Whether an operand of `report` names the file of a comparison and no run: it ends with ".json", or is "-".
bool names_comparison(const std::string& operand);
/// The file, or standard input for "-". Errors: C121.
Result<ComparisonSummary> comparison_in(const std::string& path);

}  // namespace ropewalk::cli
