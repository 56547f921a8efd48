#pragma once
// Which track of a trace an attempt is on: the worker of its host. Attempts of a stage with a process for each task
// share lanes instead, because a track for each task shows nothing. Names each track when it is first used.
// Single-threaded.

#include "report/trace_events.hpp"

#include <ropewalk/record.hpp>

#include <cstdint>
#include <map>
#include <set>
#include <utility>
#include <vector>

namespace ropewalk {

class TraceTracks {
 public:
  /// The process of the engine, the first in the order of display.
  static constexpr std::int64_t kEngine = 1;

  /// Borrows the events.
  explicit TraceTracks(TraceEvents& events) : events_(events) {}

  /// A process of its own for this host of this session. Its number is its pid unless another session had the same.
  std::int64_t process_of(std::uint32_t session, std::int32_t pid);
  /// The track of the attempt's worker.
  Track worker_of(const RecordedAttempt& attempt);

  /// The lanes of a stage whose tasks have a process each. `spans`: {start, end} of its attempts, in any order. Returns
  /// the track of each.
  std::vector<Track> lanes_of(const RecordedStage& stage,
                              const std::vector<std::pair<std::int64_t, std::int64_t>>& spans);

 private:
  std::int64_t free_process(std::int64_t wanted);

  TraceEvents& events_;
  std::map<std::pair<std::uint32_t, std::int32_t>, std::int64_t> processes_;
  std::set<std::int64_t> used_{kEngine};
  std::set<Track> named_;
};

}  // namespace ropewalk
