#include "history/mode_comparison.hpp"

#include "report/numbers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace ropewalk {
namespace {

constexpr double kConfidence = 0.95;
constexpr double kLeastOutlier = 0.02;  // of the median
constexpr double kLeastDrift = 0.05;    // from the first round to the last
constexpr double kOtherCores = 0.1;     // a tenth of a core
constexpr std::size_t kLeastForDrift = 4, kLeastForOutliers = 4;

double median_of(const std::vector<double>& sorted) {
  const std::size_t middle = sorted.size() / 2;
  return sorted.size() % 2 != 0 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

std::vector<double> walls(const ModeRuns& mode) {
  std::vector<double> all;
  for (const ModeRun& run : mode.runs) all.push_back(run.wall_s);
  return all;
}

}  // namespace

std::optional<MedianInterval> median_interval(std::vector<double> times) {
  if (times.empty()) return std::nullopt;
  std::sort(times.begin(), times.end());
  const std::size_t count = times.size();
  MedianInterval interval{.median = median_of(times), .low = times.front(), .high = times.back()};
  // The median lies below the k-th smallest of n times with the probability that at most k of n coins show heads.
  double coins = std::pow(0.5, static_cast<double>(count)), below = 0;
  for (std::size_t k = 0; k <= (count - 1) / 2; ++k) {
    below += coins;
    if (k > 0 && 1 - 2 * below < kConfidence) break;
    interval.low = times[k];
    interval.high = times[count - 1 - k];
    interval.confidence = std::max(1 - 2 * below, 0.0);
    coins *= static_cast<double>(count - k) / static_cast<double>(k + 1);
  }
  return interval;
}

std::optional<MedianInterval> interval_of(const ModeRuns& mode) { return median_interval(walls(mode)); }

std::vector<std::size_t> outliers(const std::vector<double>& times) {
  std::vector<std::size_t> found;
  if (times.size() < kLeastForOutliers) return found;
  std::vector<double> sorted = times;
  std::sort(sorted.begin(), sorted.end());
  const double median = median_of(sorted);
  std::vector<double> deviations;
  for (const double time : times) deviations.push_back(std::abs(time - median));
  std::sort(deviations.begin(), deviations.end());
  const double bound = std::max(3 * 1.4826 * median_of(deviations), kLeastOutlier * median);
  for (std::size_t i = 0; i < times.size(); ++i)
    if (std::abs(times[i] - median) > bound) found.push_back(i);
  return found;
}

std::optional<TimeChange> speed_up(const ModeRuns& baseline, const ModeRuns& mode) {
  TimePairs pairs;
  // The mode is the first of each pair: a mode that needs half the time has the ratio 2.
  for (std::size_t i = 0; i < std::min(baseline.runs.size(), mode.runs.size()); ++i)
    pairs.add(mode.runs[i].wall_s, baseline.runs[i].wall_s);
  return pairs.change();
}

std::vector<std::string> disturbances(const std::vector<ModeRuns>& modes) {
  std::vector<std::string> all;
  double others = 0;
  std::size_t runs = 0;
  for (const ModeRuns& mode : modes) {
    const std::vector<double> times = walls(mode);
    for (const std::size_t place : outliers(times))
      all.push_back(fmt::format("run {} of {} is an outlier: {}, and the median is {}", place + 1, mode.name,
                                duration_text(times[place]), duration_text(median_interval(times)->median)));
    const bool slower = std::is_sorted(times.begin(), times.end()),
               faster = std::is_sorted(times.rbegin(), times.rend());
    if (times.size() >= kLeastForDrift && (slower || faster) &&
        std::abs(times.back() / times.front() - 1) > kLeastDrift)
      all.push_back(fmt::format("the runs of {} became {} round by round, from {} to {}", mode.name,
                                slower ? "slower" : "faster", duration_text(times.front()),
                                duration_text(times.back())));
    for (const ModeRun& run : mode.runs) others += run.others_cores, ++runs;
  }
  if (runs > 0 && others / static_cast<double>(runs) > kOtherCores)
    all.push_back(
        fmt::format("other load of the machine kept {:.1f} cores busy on average", others / static_cast<double>(runs)));
  return all;
}

}  // namespace ropewalk
