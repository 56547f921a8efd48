#pragma once
// What a record says of a run apart from its attempts: the sessions, and what each was planned from. Functions return
// false if the rows cannot be read; `database` has the reason.

#include "record/database.hpp"

#include <ropewalk/record.hpp>

#include <cstdint>
#include <vector>

namespace ropewalk::record {

/// The run's names and its sessions.
bool read_sessions(Database& database, RecordedRun& run);
/// The texts that a session was planned from. Sessions that have the same ones share them.
bool read_sources(Database& database, std::uint32_t session, std::vector<RecordedText>& into);
bool read_params(Database& database, std::uint32_t session, std::vector<RecordedParam>& into);
/// Appends the stages of a session in the order of its plan, and their numbers in the rows to `numbers`. A stage's own
/// number is its place in `numbers`.
bool read_stages(Database& database, std::uint32_t session, std::vector<RecordedStage>& into,
                 std::vector<std::uint32_t>& numbers);
/// Appends the stages of earlier sessions that this one does not have, as they were last.
bool read_gone_stages(Database& database, std::uint32_t session, std::vector<RecordedStage>& into,
                      std::vector<std::uint32_t>& numbers);

}  // namespace ropewalk::record
