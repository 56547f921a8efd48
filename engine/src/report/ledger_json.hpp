#pragma once
// The ledger of a stage as JSON: a member of --json, and the data of a page.

#include <ropewalk/stage_ledger.hpp>

#include <string>

namespace ropewalk {

/// The member `ledger` of a stage.
void append_ledger_json(std::string& out, const StageLedger& ledger);

}  // namespace ropewalk
