#include <ropewalk/retention.hpp>

namespace ropewalk {

std::vector<Removal> removals(std::span<const StoredRun> runs, const RetentionRule& rule, std::int64_t now_s) {
  std::vector<Removal> all;
  std::size_t number = 0;
  std::uint64_t bytes = 0;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    if (runs[i].running) continue;
    ++number;
    // Once the limit is passed, every older run is beyond it, also a small one.
    if (bytes <= rule.max_bytes) bytes += runs[i].bytes;
    if (number > rule.keep)
      all.push_back({i, RemovalReason::number});
    else if (now_s - runs[i].started_s > rule.max_age.count())
      all.push_back({i, RemovalReason::age});
    else if (bytes > rule.max_bytes)
      all.push_back({i, RemovalReason::size});
  }
  return all;
}

}  // namespace ropewalk
