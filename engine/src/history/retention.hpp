#pragma once
// Which recorded runs are removed, by their number, their age and their size. Pure; any thread.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace ropewalk {

struct RetentionRule {
  std::size_t keep = 20;                    ///< runs
  std::int64_t max_age_s = 30 * 24 * 3600;  ///< since the start of a run
  std::uint64_t max_bytes = 1'000'000'000;  ///< of all runs together, on disk
};

struct StoredRun {
  std::int64_t started_s = 0;  ///< Unix time
  std::uint64_t bytes = 0;     ///< on disk
  bool running = false;
};

enum class RemovalReason : std::uint8_t { number, age, size };

struct Removal {
  std::size_t run;  ///< its place in the list
  RemovalReason reason;
};

/// The runs to remove, newest first. A run is removed once one limit is exceeded by it and the newer runs together.
/// Runs that are running are never removed and use up no limit.
std::vector<Removal> removals(std::span<const StoredRun> newest_first, const RetentionRule& rule, std::int64_t now_s);

}  // namespace ropewalk
