#pragma once
// What the summary, which report.hpp offers, has in common with other reports.

#include <ropewalk/events.hpp>
#include <ropewalk/report.hpp>

#include <string_view>

namespace ropewalk {

/// A stage failed for a reason other than its tasks: its items could not be read completely.
bool failed_by_itself(Outcome outcome, const TaskCounts& counts, std::string_view why);

}  // namespace ropewalk
