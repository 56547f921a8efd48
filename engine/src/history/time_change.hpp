#pragma once
// How much the run times of the same tasks changed between two runs, with a confidence interval. Pure; one thread.

#include <ropewalk/run_changes.hpp>

#include <cstdint>
#include <optional>

namespace ropewalk {

/// Collects pairs of times of the same task, in one pass and constant memory.
///
/// Method: the paired t interval of the logarithms of after / before. Its centre is the ratio of the geometric means;
/// its ends are exp(mean -+ t(0.975, n - 1) s / sqrt(n)). Pairs remove the differences between tasks, logarithms make
/// the interval one of ratios and lessen the weight of outliers. Sources: Student, "The probable error of a mean",
/// Biometrika 6 (1908), 1-25; Bland and Altman, "Transformations, means, and confidence intervals", BMJ 312 (1996),
/// 1079. Mean and variance are accumulated as in Welford, Technometrics 4 (1962), 419-420.
///
/// The interval covers what varies from task to task. What differs between the two runs as a whole, such as another
/// load of the machine, is part of the change. Differences of less than kNoise are therefore never evidence, as in
/// Criterion's noise threshold.
class TimePairs {
 public:
  static constexpr double kNoise = 0.02;  ///< of the ratio
  /// Seconds. Times below a nanosecond count as one.
  void add(double before_s, double after_s);
  /// None with fewer than two pairs: they have no spread.
  std::optional<TimeChange> change() const;
  std::uint64_t count() const { return count_; }

 private:
  std::uint64_t count_ = 0;
  double mean_ = 0, squares_ = 0;  // of the logarithms; squares: of the deviations from the mean
};

}  // namespace ropewalk
