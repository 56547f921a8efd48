#pragma once
// `ropewalk trace`: a recorded run in Chrome's trace event format. A process for each host with a track for each
// worker, a span for each attempt, an arrow from each streamed result to the task that consumes it, and for the engine
// the run, its stages, warnings and counters. Written while it is read: only stages that another one streams from, and
// those with a process for each task, take memory for each of their tasks, at most 40 bytes.

#include "report/sink.hpp"

#include <ropewalk/record.hpp>

#include <string_view>

namespace ropewalk {

/// `state`: as history's run_state(): "running", "killed", ... Returns the error of the record. Whether the sink took
/// everything is known to the sink.
Result<void> write_trace(const Record& record, std::string_view state, Sink& sink);

}  // namespace ropewalk
