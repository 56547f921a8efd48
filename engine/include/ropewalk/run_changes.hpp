#pragma once
// What changed from one recorded run to another: per stage its time, its tasks' times and its results. Reads both
// records; one thread.

#include <ropewalk/record.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ropewalk {

/// A ratio of run times, after / before: 0.5 is twice as fast.
struct TimeChange {
  double ratio = 1;         ///< of the geometric means
  double low = 1;           ///< lower end of the 95 % confidence interval of the ratio
  double high = 1;          ///< its upper end
  std::uint64_t tasks = 0;  ///< from which it is computed

  /// Whether the whole interval lies more than 2 % from no change.
  bool is_evident() const;
};

/// Successive indices: 3..7.
struct IndexRange {
  std::uint64_t first = 0;  ///< index of a task
  std::uint64_t last = 0;   ///< included
  /// Compares both ends.
  bool operator==(const IndexRange&) const = default;
};

/// Returns how many indices the ranges contain.
std::uint64_t count_of(const std::vector<IndexRange>& ranges);

/// A stage of one run or of both, by its name.
struct StageChange {
  /// The stage in one of the two runs.
  struct Side {
    std::string outcome = {};  ///< empty: the run does not have the stage
    std::uint64_t tasks = 0;   ///< that ended
    std::uint64_t failed = 0;  ///< of `tasks`
    double wall_s = 0;         ///< wall time of the stage
  };
  std::string name;                          ///< of the stage
  Side before = {};                          ///< in the first run
  Side after = {};                           ///< in the second run
  std::uint64_t pairs = 0;                   ///< tasks that succeeded in both runs
  std::optional<TimeChange> time = {};       ///< of those; empty: fewer than two
  std::vector<IndexRange> outcomes = {};     ///< tasks with another outcome
  std::vector<IndexRange> results = {};      ///< tasks that succeeded in both, with another result
  std::vector<IndexRange> only_before = {};  ///< tasks that only the first run has
  std::vector<IndexRange> only_after = {};   ///< tasks that only the second run has
};

/// Compares two runs, in the order of the stages of `after`; stages that it lacks are last. Results are compared as the
/// JSON that is recorded, large ones by the bytes of their files. Errors: those of Record.
Result<std::vector<StageChange>> run_changes(const Record& before, const Record& after);

/// "3, 7-9 and 12 more": at most `most` of the ranges.
std::string ranges_text(const std::vector<IndexRange>& ranges, std::size_t most);

/// Appends the table of stages, then what differs, as `ropewalk diff` prints it. `ranges`: how many are listed.
void append_changes(std::string& out, const RecordedRun& before, const RecordedRun& after,
                    const std::vector<StageChange>& changes, std::size_t ranges);

}  // namespace ropewalk
