#pragma once
// `--json`: one document about a run, on one line. A contract versioned by "schema": keys are only added, and always at
// the end of their object.

#include <ropewalk/run_result.hpp>

#include <string>
#include <string_view>

namespace ropewalk {

void append_run_json(std::string& out, const RunResult& result, std::string_view version);

}  // namespace ropewalk
