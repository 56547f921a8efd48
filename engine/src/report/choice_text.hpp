#pragma once
// What `executor: auto` chose for a stage, with its evidence: as text for the summary, and as JSON. Pure; any thread.

#include <ropewalk/auto_choice.hpp>
#include <ropewalk/run_result.hpp>

#include <string>
#include <string_view>

namespace ropewalk {

/// A line that names the choice and its reason, then one for each mode in which tasks ran. Nothing if the stage chose
/// nothing.
void append_choice(std::string& out, const StageResult& stage);

/// The object `choice` of --json and --events.
void append_choice_json(std::string& out, const AutoChoice& choice);

/// "auto: thread x4", or "thread x4" of a stage that asked for it.
std::string executor_text(std::string_view executor, std::uint32_t workers, const AutoChoice* choice);

}  // namespace ropewalk
