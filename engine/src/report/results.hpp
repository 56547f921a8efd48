#pragma once
// `--results`: a JSON line per task, by stage and index:
//   {"stage": "hash", "index": 0, "item": "a.txt", "outcome": "succeeded", "value": {...}}
// or "message" instead of "value", then "stdout" and "stderr" of its commands if they wrote something: a text, or where
// that is longer than 64 KiB {"bytes", "head", "tail"}. Nothing in it depends on when, where or how often a task ran, so the same
// workflow gives the same bytes on every executor.

#include "report/sink.hpp"

#include <ropewalk/run_result.hpp>

namespace ropewalk {

/// Needs RunResult::results. false: the sink would take no more.
bool write_results(const RunResult& result, Sink& sink);

}  // namespace ropewalk
