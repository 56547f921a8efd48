#pragma once
// How fast the tasks of a stage end, and when the last of them will. A weighted average: the past fades exponentially,
// within ten seconds or four rounds of the stage's workers, whichever is longer. So the rate follows a stage whose
// tasks become slower, and does not jump if tasks end in bursts. Fed with times; knows no clock.

#include <cstdint>
#include <optional>

namespace ropewalk {

class CompletionRate {
 public:
  CompletionRate() = default;
  CompletionRate(std::int64_t began_ns, std::uint32_t workers)
      : workers_(workers == 0 ? 1 : workers), updated_ns_(began_ns) {}

  /// `ended`: tasks that have ended since the stage began, without those that an earlier session kept.
  void update(std::int64_t t_ns, std::uint64_t ended);

  /// Tasks in a second. Empty until one has ended. Falls while none ends for much longer than a round of workers takes.
  std::optional<double> per_second(std::int64_t t_ns) const;

  /// Seconds until `left` more tasks have ended. Empty before a whole round of workers has ended, because the first
  /// task of several that run at once does not show how fast they are together.
  std::optional<double> seconds_left(std::int64_t t_ns, std::uint64_t left) const;

 private:
  double task_s() const { return weighted_s_ / weighted_ended_; }
  /// So long none ends if tasks of equal length run on all workers and end together, and half as long again.
  double usual_s() const { return 1.5 * task_s() * workers_; }
  double open_s(std::int64_t t_ns) const { return open_s_ + static_cast<double>(t_ns - updated_ns_) / 1e9; }

  double workers_ = 1;
  std::int64_t updated_ns_ = 0;  // when a task has ended
  std::uint64_t ended_ = 0;
  double weighted_ended_ = 0, weighted_s_ = 0;
  // Time that is not in the average yet, because the tasks that it was spent for have not ended. Limited to
  // usual_s().
  double open_s_ = 0;
};

}  // namespace ropewalk
