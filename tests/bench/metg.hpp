#pragma once
// METG(50 %), the minimum effective task granularity: the shortest task for which a system still reaches half of what
// its cores could do. Used by every measured system, including MPI's own program.

#include "work.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace ropewalk::bench {

/// `run(tasks, turns)` runs that many tasks and returns the wall time in seconds; `capacity()` is how many turns per
/// second the cores could do now. Returns microseconds; 0 if tasks of 10 ns are long enough, infinity if 2 ms are not.
template <class Run, class Capacity>
double metg_us(Run&& run, Capacity&& capacity, double turn_ns, double seconds_a_point = 0.02) {
  constexpr double kShortest_ns = 10, kLongest_ns = 2e6;
  const auto efficiency = [&](double task_ns) {
    const auto turns = std::max<std::int64_t>(1, std::llround(task_ns / turn_ns));
    const auto tasks = static_cast<std::uint64_t>(std::clamp(seconds_a_point * 1e9 / task_ns, 200.0, 400'000.0));
    const double ideal = static_cast<double>(tasks) * static_cast<double>(turns) / capacity();
    return ideal / run(tasks, turns);
  };
  // Descends in steps of 4 until the efficiency is too low, then ascends in steps of sqrt 2. A point counts by its
  // better try, because a disturbance only ever makes it worse.
  const auto enough = [&](double task_ns, double& at) {
    return (at = std::max(efficiency(task_ns), efficiency(task_ns))) >= 0.5;
  };
  double good_ns = 16'000, at = 0;
  while (!enough(good_ns, at))
    if ((good_ns *= 4) > kLongest_ns) return INFINITY;
  double bad_ns = good_ns / 4, bad_at = 0;
  while (enough(bad_ns, bad_at))
    if (good_ns = bad_ns, at = bad_at, (bad_ns /= 4) < kShortest_ns) return 0;
  while (good_ns / bad_ns > 1.5) {
    double middle_at = 0;
    const double middle_ns = std::sqrt(good_ns * bad_ns);
    if (enough(middle_ns, middle_at))
      good_ns = middle_ns, at = middle_at;
    else
      bad_ns = middle_ns, bad_at = middle_at;
  }
  // Interpolates linearly over the logarithm between the two.
  const double share = at > bad_at ? std::clamp((0.5 - bad_at) / (at - bad_at), 0.0, 1.0) : 1.0;
  return bad_ns * std::pow(good_ns / bad_ns, share) * 1e-3;
}

}  // namespace ropewalk::bench
