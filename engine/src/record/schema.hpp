#pragma once
// The tables of a record, which docs/record.md documents: made once, checked whenever a record is opened.

#include "record/database.hpp"
#include "record/schema_tables.hpp"

#include <ropewalk/error.hpp>

#include <cstdint>
#include <filesystem>
#include <string_view>

namespace ropewalk::record {

inline constexpr const char *kDatabaseName = "run.db", *kLogName = "run.db-wal";
/// What is about to take the place of kDatabaseName.
inline constexpr const char* kNextName = "run.db-next";

/// attempt_row.id: the stage from bit 46, the index from bit 14, the attempt below. Ascending as stage, index, attempt.
/// span.id is that of the first attempt of its first task.
inline constexpr int kIndexBit = 14, kStageBit = 46;
inline constexpr std::uint32_t kMaxAttempt = (1u << kIndexBit) - 1, kMaxStage = (1u << 17) - 1;
inline constexpr std::int64_t kMaxTasks = std::int64_t{1} << (kStageBit - kIndexBit);  // of a stage
constexpr std::int64_t row_id(std::uint32_t stage, std::uint64_t index, std::uint32_t attempt) {
  return static_cast<std::int64_t>(std::uint64_t{stage} << kStageBit | index << kIndexBit | attempt);
}
constexpr std::uint32_t stage_of(std::int64_t id) { return static_cast<std::uint32_t>(id >> kStageBit); }
constexpr std::uint64_t index_of(std::int64_t id) { return static_cast<std::uint64_t>(id >> kIndexBit) & 0xffffffff; }
/// attempt_row.place: the host from this bit, the worker below.
inline constexpr int kHostBit = 16;
/// attempt_row.state: the session from bit 8, whether the task ended with it in bit 7, the outcome below. NULL:
/// kPlainState.
inline constexpr int kSessionBit = 8;
inline constexpr std::int64_t kLastBit = 1 << 7, kOutcomeBits = 15, kPlainState = (1 << kSessionBit) | kLastBit;

/// Makes the tables in an empty database, in the transaction of the caller.
bool create_schema(Database& database);

/// Looks at the file without SQLite: it is there, is a whole database, and is a record of a version that this program
/// knows. `log`: it has a write-ahead log beside it, which may hold what the file lacks.
Result<void> check_file(const std::filesystem::path& file, bool log);
/// The same by the database's own words, for what its log has changed.
Result<void> check_schema(Database& database, const std::filesystem::path& file);

/// The error for a record that is not what was written: R303.
Errors damaged(const std::filesystem::path& file, std::string_view how);
/// The error for a record that SQLite cannot read on: damaged, or gone.
Errors unreadable(const Database& database, const std::filesystem::path& file);

}  // namespace ropewalk::record
