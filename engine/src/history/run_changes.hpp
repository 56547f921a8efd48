#pragma once
// What changed from one run to another: per stage its time, its tasks' times and its results. Reads both records; one
// thread.

#include "history/time_change.hpp"

#include <ropewalk/record.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ropewalk {

/// Indices that follow each other: 3..7.
struct IndexRange {
  std::uint64_t first = 0, last = 0;
  bool operator==(const IndexRange&) const = default;
};

/// How many indices they are.
std::uint64_t count_of(const std::vector<IndexRange>& ranges);

/// A stage of one run or of both, by its name.
struct StageChange {
  struct Side {
    std::string outcome = {};             ///< empty: the run does not have the stage
    std::uint64_t tasks = 0, failed = 0;  ///< that ended
    double wall_s = 0;
  };
  std::string name;
  Side before = {}, after = {};
  std::uint64_t pairs = 0;                                    ///< tasks that succeeded in both runs
  std::optional<TimeChange> time = {};                        ///< of those; empty: fewer than two
  std::vector<IndexRange> outcomes = {};                      ///< tasks with another outcome
  std::vector<IndexRange> results = {};                       ///< tasks that succeeded in both, with another result
  std::vector<IndexRange> only_before = {}, only_after = {};  ///< tasks that one run alone has
};

/// In the order of `after`; stages that it lacks are last. Results are compared as the JSON that is recorded, large
/// ones by the bytes of their files.
Result<std::vector<StageChange>> run_changes(const Record& before, const Record& after);

/// "3, 7-9 and 12 more": at most `ranges` of them.
std::string ranges_text(const std::vector<IndexRange>& ranges, std::size_t most);

/// The table of stages, then what differs. `ranges`: how many are listed.
void append_changes(std::string& out, const RecordedRun& before, const RecordedRun& after,
                    const std::vector<StageChange>& changes, std::size_t ranges);

}  // namespace ropewalk
