#pragma once
// How long a workflow takes in several modes, such as executors, measured in rounds of one run of each mode: medians,
// intervals, and how many times faster one mode is than another. Pure; one thread.

#include "history/time_change.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ropewalk {

/// One run of a mode. Times are seconds.
struct ModeRun {
  double wall_s = 0;
  double cpu_s = 0;           ///< of all tasks
  std::uint64_t tasks = 0;    ///< of all stages
  std::uint64_t failed = 0;   ///< tasks that failed, in whatever way
  std::uint64_t crashed = 0;  ///< of `failed`: their process died of a signal
  double others_cores = 0;    ///< that processes which are not of the run kept busy, and what a hypervisor took
};

/// A mode and its runs, one a round; the warm-up is not among them.
struct ModeRuns {
  std::string name;  ///< "thread x4"
  std::vector<ModeRun> runs;
};

/// The middle of some times, and how sure it is.
struct MedianInterval {
  double median = 0, low = 0, high = 0;
  double confidence = 0;  ///< that the median of all possible runs lies between low and high: 0.9375
};
/// The median of an even count is the mean of the two in the middle. The interval lies between two order statistics, as
/// far apart as 95 % confidence asks for, or the extremes if the runs are too few for that. It assumes nothing of the
/// distribution. Source: Conover, Practical Nonparametric Statistics, section 3.2. None of no times.
std::optional<MedianInterval> median_interval(std::vector<double> times);
/// Of the wall times of a mode.
std::optional<MedianInterval> interval_of(const ModeRuns& mode);

/// The places of times that lie more than three scaled median absolute deviations, and more than 2 %, from the median.
/// The scale, 1.4826, makes the deviation that of a normal distribution. Source: Leys et al., Journal of Experimental
/// Social Psychology 49 (2013), 764-766. None of fewer than four times.
std::vector<std::size_t> outliers(const std::vector<double>& times);

/// How many times faster `mode` is than `baseline`, over the rounds that have both: the paired interval of TimePairs.
/// None with fewer than two rounds.
std::optional<TimeChange> speed_up(const ModeRuns& baseline, const ModeRuns& mode);

/// What speaks against the measurement: outliers, runs that become slower or faster round by round, other load of the
/// machine. A sentence each.
std::vector<std::string> disturbances(const std::vector<ModeRuns>& modes);

struct ModeComparison {
  std::string workflow;
  unsigned rounds = 0;          ///< that were asked for
  std::vector<ModeRuns> modes;  ///< the first one is the baseline
  std::string difference = {};  ///< between the results of two modes; empty: there is none
  // Where it was measured; empty and 0: not known.
  std::string version = {};          ///< of ropewalk
  std::int64_t started_unix_ns = 0;  ///< CLOCK_REALTIME
  std::string machine = {};
  unsigned cores = 0;        ///< that the runs could use
  std::string command = {};  ///< JSON list of the words that started it, with secrets hidden
};

/// The table, what disturbed it, and a sentence for the fastest mode.
void append_comparison(std::string& out, const ModeComparison& comparison);

}  // namespace ropewalk
