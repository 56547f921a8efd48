#pragma once
// Decides how a stage with `executor: auto` is carried out: what the stage may do and what was measured of its tasks
// in, a mode and its reason out. Pure: no process, no clock, no executor. AutoExecutor asks after each turn. Times are
// nanoseconds. docs/auto.md explains the rules to users.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ropewalk::auto_rules {

enum class Kind : std::uint8_t { thread, process, process_per_task };
/// Its name in plan/executor_table.
std::string_view executor_of(Kind kind);
std::optional<Kind> kind_of(std::string_view executor);

struct Mode {
  Kind kind = Kind::process;
  std::uint32_t workers = 1;
  bool operator==(const Mode&) const = default;
};
/// "thread x4".
std::string name_of(const Mode& mode);

/// The most processes for each core that are chosen without being asked for.
inline constexpr std::uint32_t kProcessesPerCore = 4;

/// What is known of the stage before it starts.
struct StageFacts {
  std::uint32_t workers = 1;      ///< tasks at once
  std::uint32_t max_workers = 1;  ///< tasks at once if they wait; at least `workers`
  std::uint32_t cores = 1;
  bool may_share = true;  ///< tasks may share a process
  std::optional<std::uint64_t> tasks = {};
};

/// What was measured of the attempts that ran in a mode.
struct Seen {
  std::uint64_t attempts = 0, died = 0;
  std::int64_t run_ns = 0, cpu_ns = 0;
  std::int64_t core_wait_ns = 0;  ///< workers were ready to run, without a core
  std::uint64_t bytes = 0;        ///< of parameters and results
  /// The time in which it alone ran tasks, from the end of its first one, and the attempts that ended in it.
  std::int64_t window_ns = 0;
  std::uint64_t window_attempts = 0;

  std::int64_t mean_ns() const { return attempts == 0 ? 0 : run_ns / static_cast<std::int64_t>(attempts); }
  /// The share of their time that tasks computed, without the time in which they had no core; from 0 to 1.
  double cpu_share() const;
};

struct Trial {
  Mode mode = {};
  Seen seen = {};
};

/// What is known while it runs.
struct Situation {
  StageFacts stage;
  std::vector<Trial> trials = {};          ///< in the order in which the modes were first used; the last one is in use
  std::optional<std::uint64_t> left = {};  ///< tasks that were not dealt yet; empty: not known
  std::int64_t first_running_ns = 0;       ///< how long the first canary has been running, if it has not ended
};

struct Decision {
  Mode mode;
  bool settled = false;  ///< no further mode is tried
  std::string why = {};  ///< of a settled one
  bool lasts = false;    ///< and it holds for the next run too
};

/// A task that runs for so long is long: other modes are compared by its run time, not by what is lost between tasks.
inline constexpr std::int64_t kLongNs = 2'000'000;
/// Another mode is tried only if the rest of the stage is likely to take so long.
inline constexpr std::int64_t kWorthNs = 200'000'000;
/// Short tasks are counted for so long in each mode.
inline constexpr std::int64_t kWindowNs = 20'000'000;

/// The mode in which a stage begins.
Decision begin(const StageFacts& stage);
/// How many attempts may be in flight in the first mode, after so many have ended; without a limit where a crash takes
/// no other task along.
std::uint64_t at_once(const StageFacts& stage, const Mode& mode, std::uint64_t ended);
/// What follows from what was measured, while nothing is settled. Needs a trial.
Decision next(const Situation& situation);

/// What the attempts of the last moments say: of older ones less and less.
struct Lately {
  std::uint32_t attempts = 0, died = 0;
  void add(std::uint32_t more_attempts, std::uint32_t more_died);
};
/// Whether processes die so often, or so seldom, that another mode suits them better; a settled decision.
std::optional<Decision> after_deaths(const StageFacts& stage, const Mode& mode, const Lately& lately);

/// What an earlier run of the stage has found.
struct Remembered {
  Mode mode;
  double cpu_share = 0;
  std::int64_t mean_ns = 0;  ///< of a task
};
/// Whether tasks are so different from those of the earlier run that its choice says nothing.
bool contradicts(const Remembered& remembered, const StageFacts& stage, const Seen& seen);

}  // namespace ropewalk::auto_rules
