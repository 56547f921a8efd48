#pragma once
// Whether the log of a killed run (run.db-wal) is what was written. SQLite reads it up to the first frame whose
// checksum is wrong, and takes all that follows for the unfinished end of a write. If a finished write follows, it was
// damaged instead. The format is that of https://www.sqlite.org/fileformat2.html#walformat. Knows no table.

#include <cstdint>
#include <filesystem>
#include <optional>

namespace ropewalk::record {

/// Where a log is damaged, in bytes from its begin. What follows is not read.
struct LogDamage {
  std::uint64_t at = 0, size = 0;  ///< `size`: of the whole log
};

/// Nothing: the log is whole, ends within a write, or is not there. Reads all of it.
std::optional<LogDamage> find_log_damage(const std::filesystem::path& log);

}  // namespace ropewalk::record
