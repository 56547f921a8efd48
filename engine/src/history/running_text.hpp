#pragma once
// What runs now in a run that has not ended, or ran when it was killed, for people. Pure text.

#include <ropewalk/record.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace ropewalk {

/// Appends a line for each attempt, the oldest first, and not more than 20 of them. Nothing if none is known. `now_ns`:
/// the time since the last session began up to which they run.
void append_running(std::string& out, const Record& record, std::vector<RecordedRunning> running, std::int64_t now_ns);

}  // namespace ropewalk
