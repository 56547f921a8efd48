#pragma once
// Which recorded runs are removed, by their number, their age and their size. Pure; any thread. remove_run() of
// history.hpp removes one.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace ropewalk {

/// What may stay. A run that exceeds one of the limits is removed.
struct RetentionRule {
  std::size_t keep = 20;                                       ///< runs
  std::chrono::seconds max_age = std::chrono::hours(30 * 24);  ///< since the start of a run
  std::uint64_t max_bytes = 1'000'000'000;                     ///< of all runs together, on disk
};

/// What the rule has to know of a run.
struct StoredRun {
  std::int64_t started_s = 0;  ///< Unix time
  std::uint64_t bytes = 0;     ///< on disk
  bool running = false;        ///< an engine works on it
};

/// The limit that a run exceeds.
enum class RemovalReason : std::uint8_t {
  number,  ///< RetentionRule::keep
  age,     ///< RetentionRule::max_age
  size,    ///< RetentionRule::max_bytes
};

/// A run that is to be removed.
struct Removal {
  std::size_t run;       ///< its place in the list
  RemovalReason reason;  ///< the first limit that it exceeds
};

/// Returns the runs to remove, newest first. A run is removed once one limit is exceeded by it and the newer runs
/// together. Runs that are running are never removed and use up no limit. `now_s`: Unix time.
std::vector<Removal> removals(std::span<const StoredRun> newest_first, const RetentionRule& rule, std::int64_t now_s);

}  // namespace ropewalk
