#include "report/trace_tracks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <numeric>
#include <queue>

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
  using Busy = std::pair<std::int64_t, std::int64_t>;  // {until when, lane}
  std::priority_queue<Busy, std::vector<Busy>, std::greater<>> busy;
  std::priority_queue<std::int64_t, std::vector<std::int64_t>, std::greater<>> free;
  std::int64_t lanes = 0;
  std::vector<Track> tracks(spans.size());
  for (const std::size_t each : order) {
    for (; !busy.empty() && busy.top().first <= spans[each].first; busy.pop()) free.push(busy.top().second);
    if (free.empty()) {
      free.push(++lanes);
      events_.name_thread({process, lanes}, fmt::format("lane {}", lanes - 1));
    }
    tracks[each] = {process, free.top()};
    busy.emplace(spans[each].second, free.top());
    free.pop();
  }
  return tracks;
}

}  // namespace ropewalk
