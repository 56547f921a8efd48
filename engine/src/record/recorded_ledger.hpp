#pragma once
// The ledger of a stage as its record holds it: JSON with the keys of --json. Pure; any thread.

#include <ropewalk/stage_ledger.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace ropewalk::record {

std::string ledger_to_json(const StageLedger& ledger);

/// Nothing if the text is no ledger. Unknown keys are left out, and missing ones are 0.
std::optional<StageLedger> ledger_from_json(std::string_view json);

}  // namespace ropewalk::record
