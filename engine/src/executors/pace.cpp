#include "executors/pace.hpp"

#include <algorithm>

namespace ropewalk {
namespace {

constexpr double kAheadNs = 1e6;  // work dealt ahead to a worker
constexpr double kRingEveryNs = 1e6;
constexpr double kShortestNs = 20;  // of a task
constexpr std::uint32_t kMaxAhead = 8192;

}  // namespace

void Pace::ended(std::int64_t run_ns, std::int64_t tasks) {
  const double mean = std::max(static_cast<double>(run_ns) / static_cast<double>(tasks), kShortestNs);
  mean_ns_ = mean_ns_ == 0 ? mean : mean_ns_ * 0.7 + mean * 0.3;
}

void Pace::deepen() {
  if (mean_ns_ == 0) return;
  const auto wanted = static_cast<std::uint32_t>(std::clamp(kAheadNs / mean_ns_, 2.0, double{kMaxAhead}));
  depth_ = std::min(wanted, depth_ * 4);
}

std::uint32_t Pace::ring_after(std::uint32_t items) const {
  const double due = mean_ns_ == 0 ? 1 : kRingEveryNs / mean_ns_;
  return static_cast<std::uint32_t>(std::clamp(due, 1.0, std::max(1.0, items / 2.0)));
}

}  // namespace ropewalk
