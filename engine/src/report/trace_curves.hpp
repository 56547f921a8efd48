#pragma once
// Curves over the time of a run, in bounded memory and of bounded length, however many tasks it has. The samples lie
// further apart the longer the run lasts. Pure; single-threaded.

#include <cstddef>
#include <cstdint>
#include <vector>

namespace ropewalk {

/// At most this many samples of a curve; at least half as many if the run lasts long enough.
inline constexpr std::size_t kCurveSamples = 2048;

/// A number that goes up and down by whole steps, as it is at the moments of the samples.
class StepCurve {
 public:
  void step(std::int64_t t_ns, std::int64_t by);
  /// The distance of the samples.
  std::int64_t interval_ns() const { return interval_ns_; }
  /// By ascending time from 0.
  std::vector<std::int64_t> samples() const;

 private:
  std::int64_t interval_ns_ = 1000;
  std::vector<std::int64_t> steps_;  // since the sample before
};

/// A rate, averaged from each sample to the next: what is spread evenly over a time.
class RateCurve {
 public:
  /// `amount` from `from_ns` to `to_ns`.
  void add(std::int64_t from_ns, std::int64_t to_ns, double amount);
  std::int64_t interval_ns() const { return interval_ns_; }
  /// Amount by nanosecond, by ascending time from 0.
  std::vector<double> samples() const;

 private:
  void reach(std::int64_t t_ns);

  std::int64_t interval_ns_ = 1000;
  std::vector<double> amounts_;
};

}  // namespace ropewalk
