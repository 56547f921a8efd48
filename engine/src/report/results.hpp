#pragma once
// `--results`: one JSON line per task, by stage and index:
//   {"stage": "hash", "index": 0, "item": "a.txt", "outcome": "succeeded", "value": {...}}
// A task that did not succeed has "message" instead of "value", then the "stdout" and "stderr" of its commands if there
// was any: a string, or {"bytes", "head", "tail"} if it is longer than 64 KiB. Nothing depends on when, where or how
// often a task ran, so the same workflow gives the same bytes on every executor.

#include "report/sink.hpp"

#include <ropewalk/run_result.hpp>

namespace ropewalk {

/// Needs RunResult::results. Returns false if the sink failed.
bool write_results(const RunResult& result, Sink& sink);

}  // namespace ropewalk
