#pragma once
// The texts of tasks for the page: items, messages, evidence, log lines, outputs and results, within limits. Reads the
// record; one thread.

#include "page/page_run.hpp"

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace ropewalk::page {

/// {stage, index}
using TaskPlaces = std::set<std::pair<std::uint32_t, std::uint64_t>>;

/// Reads the texts of these tasks into `run.tasks`, and counts in `run.left_out` the attempts whose output no longer
/// fits.
Result<void> read_texts(Run& run, const Record& record, const TaskPlaces& wanted, const Limits& limits);

/// A recorded item or value as people read it: text as it is, anything else as JSON. At most `bytes` of it.
std::string readable_json(std::string_view json, std::size_t bytes);

/// The beginning of a text, cut between two characters, with its whole length behind it; a short one as it is.
std::string shortened(std::string_view text, std::size_t bytes);

}  // namespace ropewalk::page
