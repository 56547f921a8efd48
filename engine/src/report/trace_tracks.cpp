#include "report/trace_tracks.hpp"

#include "report/lanes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace ropewalk {

std::int64_t TraceTracks::free_process(std::int64_t wanted) {
  constexpr std::int64_t kBeyondPids = 1 << 22;  // Linux has no greater pid
  while (!used_.insert(wanted).second) wanted += kBeyondPids;
  return wanted;
}

std::int64_t TraceTracks::process_of(std::uint32_t session, std::int32_t pid) {
  const auto [at, is_new] = processes_.try_emplace({session, pid});
  if (!is_new) return at->second;
  at->second = free_process(pid);
  events_.name_process(at->second, fmt::format("host {}", pid), static_cast<std::int64_t>(used_.size()));
  return at->second;
}

Track TraceTracks::worker_of(const RecordedAttempt& attempt) {
  // Thread 0 is the idle task of Linux to Perfetto.
  const Track track{process_of(attempt.session, attempt.host), std::int64_t{attempt.worker} + 1};
  if (named_.insert(track).second) events_.name_thread(track, fmt::format("worker {}", attempt.worker));
  return track;
}

std::vector<Track> TraceTracks::lanes_of(const RecordedStage& stage,
                                         const std::vector<std::pair<std::int64_t, std::int64_t>>& spans) {
  const std::int64_t process = free_process(2 + std::int64_t{stage.number});
  events_.name_process(process, fmt::format("{}: a process for each task", stage.name),
                       static_cast<std::int64_t>(used_.size()));
  std::vector<std::size_t> order(spans.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return spans[a] < spans[b]; });
  Lanes lanes;
  std::vector<Track> tracks(spans.size());
  for (const std::size_t each : order) {
    const std::uint32_t known = lanes.count(), lane = lanes.take(spans[each].first, spans[each].second);
    tracks[each] = {process, std::int64_t{lane} + 1};
    if (lane == known) events_.name_thread(tracks[each], fmt::format("lane {}", lane));
  }
  return tracks;
}

}  // namespace ropewalk
