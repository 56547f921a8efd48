#pragma once
// What `executor: auto` chose for a stage, as its record holds it: JSON with the keys of --json. Pure; any thread.

#include <ropewalk/auto_choice.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace ropewalk::record {

std::string choice_to_json(const AutoChoice& choice);

/// Nothing if the text is no choice. Unknown keys are left out, and missing ones are 0 or empty.
std::optional<AutoChoice> choice_from_json(std::string_view json);

}  // namespace ropewalk::record
