#pragma once
// The events of a run, and their observers. All observers are called on the thread that called Engine::run(), must not
// block, and receive events in one order. Every displayed number is a fold over them.

#include <ropewalk/auto_choice.hpp>
#include <ropewalk/kept_output.hpp>
#include <ropewalk/stage_ledger.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace ropewalk {

class Value;  // value.hpp

/// How an attempt ended, and with its last attempt the task.
enum class Outcome : std::uint8_t {
  succeeded,      ///< it returned a result
  failed,         ///< the task reported it, or its parameters could not be made
  crashed,        ///< its host died of a signal while it ran
  exited,         ///< its process ended without a result
  timed_out,      ///< it took longer than the timeout of its stage
  out_of_memory,  ///< beyond limits.memory, or memory ran out
  cancelled,      ///< it was running when the run was stopped
  skipped,        ///< a stage or task that it needs failed
  not_started,    ///< the run was stopped before it started
  lost,           ///< its host died, and its task type must not be repeated
  left_out,       ///< of a stage: its `if` or its `after` was not met, which is not a failure
};
/// Returns "succeeded", "timed_out", ..., as --json writes it. Static text.
std::string_view outcome_name(Outcome outcome);
/// Whether the outcome counts as a failure of the task.
constexpr bool is_failure(Outcome outcome) {
  return outcome != Outcome::succeeded && outcome != Outcome::skipped && outcome != Outcome::not_started &&
         outcome != Outcome::cancelled && outcome != Outcome::left_out;
}

/// How many tasks of a stage have ended, and how.
struct TaskCounts {
  std::uint64_t succeeded = 0;    ///< tasks
  std::uint64_t failed = 0;       ///< in whatever way: see is_failure()
  std::uint64_t skipped = 0;      ///< a stage or task that they need failed
  std::uint64_t cancelled = 0;    ///< they were running when the run was stopped
  std::uint64_t not_started = 0;  ///< the run was stopped before they started

  /// Counts tasks that ended so.
  constexpr void add(Outcome outcome, std::uint64_t tasks = 1) {
    if (outcome == Outcome::succeeded)
      succeeded += tasks;
    else if (is_failure(outcome))
      failed += tasks;
    else if (outcome == Outcome::skipped)
      skipped += tasks;
    else if (outcome == Outcome::cancelled)
      cancelled += tasks;
    else
      not_started += tasks;
  }
  /// Returns the number of all.
  constexpr std::uint64_t all() const { return succeeded + failed + skipped + cancelled + not_started; }
};

/// How a run is stopped.
enum class StopLevel : int {
  ask = 1,       ///< start nothing more, request running tasks to stop, kill after the grace period
  kill = 2,      ///< kill everything now; stages with `finally` that have not begun run all the same
  kill_all = 3,  ///< kill everything now, and begin no stage with `finally` either
};

/// Finds the item of a task, so that events need not contain it. For observers, on the run's thread, from run_started()
/// to run_finished().
class TaskItems {
 public:
  virtual ~TaskItems() = default;
  /// Empty if the stage has no `foreach`, the task never got an item, or the item can no longer be read.
  virtual std::optional<Value> item_of(std::uint32_t stage, std::uint64_t index) const = 0;
  /// If the items of the stage are successive ints: the first of them. Saves item_of() for each task.
  virtual std::optional<std::int64_t> counts_from(std::uint32_t /*stage*/) const { return std::nullopt; }
};

/// The first event of a run.
struct RunStarted {
  std::string run_id;                ///< its identity
  std::string workflow;              ///< its name
  const TaskItems* items = nullptr;  ///< borrowed until run_finished(); null: unknown
  std::int64_t started_unix_ns = 0;  ///< when the run began, CLOCK_REALTIME; of a resumed run, its last session
};
/// A stage begins.
struct StageStarted {
  std::uint32_t stage;        ///< position in the plan
  std::string_view name;      ///< unique in the plan; valid during the call
  std::string_view task;      ///< "plugin.task"
  std::string_view executor;  ///< "thread", ...; "auto" reports its choice with StageFinished
  std::uint32_t workers;      ///< concurrent tasks
  std::uint64_t tasks;        ///< 0: not known yet, see StageListed
};
/// How many tasks a stage has. Emitted if the number was unknown when the stage started.
struct StageListed {
  std::uint32_t stage;    ///< position in the plan
  std::string_view name;  ///< of the stage; valid during the call
  std::uint64_t tasks;    ///< how many
};
/// An attempt of a task begins.
struct TaskStarted {
  std::uint64_t index;    ///< of the task in its stage, from 0
  std::uint32_t attempt;  ///< from 1
};
/// How the end of an attempt became known.
enum class Ending : std::uint8_t {
  reported,  ///< its worker reported it: the task returned
  breach,    ///< its worker reported it: the plugin broke its contract with the host, and the message says how
  found,     ///< the engine ended it, found its process dead, or never started it
};

/// What a task does with a file that its stage declares.
enum class FileRole : std::uint8_t {
  reads,   ///< an input
  writes,  ///< an output
};

/// A file that a task declares, as it was when the attempt was dispatched (reads) or had ended (writes).
struct TaskFile {
  FileRole role = FileRole::reads;  ///< what the task does with it
  std::string_view path = {};       ///< as the workflow makes it; valid during the call
  bool is_there = false;            ///< the file existed
  std::uint64_t size = 0;           ///< bytes
  std::int64_t mtime_ns = 0;        ///< the time of its last change, since 1970
};

/// An attempt has ended, or a task without one.
struct TaskFinished {
  std::uint64_t index;             ///< of the task in its stage, from 0
  std::uint32_t attempt;           ///< from 1; 0: it never started
  Outcome outcome;                 ///< of the attempt
  std::int32_t detail;             ///< the signal if crashed, the exit code if exited; if it failed, that of a
                                   ///< program that it ran; else 0
  std::int64_t queued_ns;          ///< from ready to started
  std::int64_t run_ns;             ///< from started to ended
  std::int64_t cpu_ns;             ///< CPU time of the attempt, with that of its commands
  std::int32_t host;               ///< pid; 0: none
  std::uint32_t worker;            ///< within its host
  bool last;                       ///< no further attempt follows
  std::string_view message;        ///< why not, if not succeeded; valid during the call
  std::string_view evidence = {};  ///< of a crash: lines with the address, the backtrace, the last that it logged and
                                   ///< printed; valid during the call
  const KeptOutput* output =
      nullptr;  ///< what it wrote, if it did not succeed; null: nothing is known; valid during the call
  Ending ending = Ending::reported;       ///< how the end became known
  std::int64_t started_ns = 0;            ///< since the run began, before it if an earlier session of the run has
                                          ///< run it; 0: it never started
  std::optional<std::uint64_t> key = {};  ///< of its plugin, task type and parameters; set if the run is recorded
  bool kept = false;                      ///< it succeeded in an earlier session of the run, and was not run again
  std::string_view fields = {};  ///< its result, encoded, if it is small and the run is recorded; valid during the call
  std::span<const TaskFile> files = {};  ///< that it declares, if it succeeded and the run is recorded; valid during
                                         ///< the call

  /// Returns queued_ns as a duration.
  constexpr std::chrono::nanoseconds queued_time() const { return std::chrono::nanoseconds(queued_ns); }
  /// Returns run_ns as a duration.
  constexpr std::chrono::nanoseconds run_time() const { return std::chrono::nanoseconds(run_ns); }
  /// Returns cpu_ns as a duration.
  constexpr std::chrono::nanoseconds cpu_time() const { return std::chrono::nanoseconds(cpu_ns); }
};
/// Emitted once per attempt that runs unusually long.
struct TaskSlow {
  std::uint64_t index;      ///< of the task in its stage, from 0
  std::uint32_t attempt;    ///< from 1
  std::int64_t running_ns;  ///< so far
};
/// An attempt that is running.
struct TaskRunning {
  std::uint64_t index;      ///< of the task in its stage, from 0
  std::uint32_t attempt;    ///< from 1
  std::int64_t running_ns;  ///< so far
  std::int32_t host;        ///< pid; 0: not known yet
  std::uint32_t worker;     ///< within its host
};
/// Tasks whose last attempt has failed and whose next one is not due yet.
struct TasksWaiting {
  std::uint64_t count;      ///< how many
  std::int64_t next_in_ns;  ///< until the first of them is due; 0: there is none
};
/// How far a running attempt has come, as it reports itself. The first progress of an attempt is emitted within a tenth
/// of a second, then at each tick() the latest one, if it is new. The rest is dropped. An attempt that ends sooner has
/// none.
struct TaskProgress {
  std::uint64_t index;         ///< of the task in its stage, from 0
  std::uint32_t attempt;       ///< from 1
  double fraction;             ///< from 0 to 1
  std::string_view text = {};  ///< at most 1 KiB; may be empty
};
/// How important a line of a log is, ascending.
enum class LogLevel : std::int32_t {
  debug,    ///< in detail
  info,     ///< what happens
  warning,  ///< worth a look
  error,    ///< what went wrong
};
/// Returns "debug", "info", "warning" or "error", as static text.
std::string_view level_name(LogLevel level);
/// Returns the level of a number from a plugin or a record: one that is too small is debug, one too large error.
constexpr LogLevel log_level(std::int64_t number) {
  return number <= 0 ? LogLevel::debug : number >= 3 ? LogLevel::error : static_cast<LogLevel>(number);
}

/// A line that a task logs.
struct TaskSaid {
  std::uint64_t index;    ///< of the task in its stage
  std::uint32_t attempt;  ///< from 1
  LogLevel level;         ///< its importance
  std::string_view text;  ///< at most 1 KiB; valid during the call
};
/// A piece of the output of a task's own process, or of its commands' standard error, as it arrives. May end within a
/// line.
struct TaskOutput {
  std::uint64_t index;    ///< of the task in its stage, from 0
  std::uint32_t attempt;  ///< from 1
  OutputStream stream;    ///< process or err
  std::string_view text;  ///< valid during the call
};
/// A piece of a host's output that cannot be attributed to one task, because its workers share the output. Emitted as
/// it arrives.
struct HostOutput {
  std::uint32_t stage;    ///< position in the plan
  std::int32_t pid;       ///< of the host
  std::string_view text;  ///< valid during the call
};
/// A process for tasks has started.
struct HostStarted {
  std::uint32_t stage;    ///< position in the plan
  std::int32_t pid;       ///< of the host
  std::uint32_t workers;  ///< tasks that it runs at once
};
/// How the process of a host ended.
enum class HostEnd : std::uint8_t {
  closed,       ///< it exited with code 0, after it had closed what its tasks opened
  exited,       ///< with another code
  killed,       ///< by a signal
  not_started,  ///< there was no process
  unkillable,   ///< it does not end, and is abandoned
};
/// A process for tasks has ended.
struct HostEnded {
  std::uint32_t stage;   ///< position in the plan
  std::int32_t pid;      ///< of the host
  std::string_view how;  ///< "exited with code 0", "was killed by SIGSEGV", ...
  HostEnd end;           ///< how, for programs
};
/// A stage has ended.
struct StageFinished {
  std::uint32_t stage;    ///< position in the plan
  std::string_view name;  ///< of the stage; valid during the call
  Outcome outcome;        ///< succeeded, failed, skipped (all its tasks were), left_out, cancelled or not_started
  std::uint64_t tasks;    ///< how many it had
  std::uint32_t hosts;    ///< maximum at the same time
  std::int64_t wall_ns;   ///< from its start to its end
  std::int64_t runnable_wait_ns;           ///< its workers were runnable, but had no core
  std::string_view why;                    ///< if not succeeded
  TaskCounts counts = {};                  ///< how its tasks ended
  std::optional<StageLedger> ledger = {};  ///< where the time of its workers went; empty: not measured
  std::optional<AutoChoice> choice = {};  ///< what `executor: auto` chose; empty: another executor, or it did not start

  /// Returns wall_ns as a duration.
  constexpr std::chrono::nanoseconds wall_time() const { return std::chrono::nanoseconds(wall_ns); }
};
/// The last event of a run.
struct RunFinished {
  Outcome outcome;       ///< succeeded, failed or cancelled
  std::int64_t wall_ns;  ///< from its start to its end
  std::string_view why;  ///< if the run itself broke (an infrastructure failure) or its deadline passed; else empty
  bool broken;           ///< an internal or infrastructure failure, exit code 70

  /// Returns wall_ns as a duration.
  constexpr std::chrono::nanoseconds wall_time() const { return std::chrono::nanoseconds(wall_ns); }
};
/// Worth a look, not in the way.
struct Warning {
  std::string_view text;  ///< one line; valid during the call
};

/// Receives the events of a run. `t_ns` is the time since the run began. Task events arrive in spans, one stage at a
/// time.
class Observer {
 public:
  virtual ~Observer() = default;

  /// Called first.
  virtual void run_started(std::int64_t, const RunStarted&) {}
  /// Called when a stage begins; never for one that is skipped.
  virtual void stage_started(std::int64_t, const StageStarted&) {}
  /// Called when the number of a stage's tasks becomes known after its start.
  virtual void stage_listed(std::int64_t, const StageListed&) {}
  /// Called for attempts that have begun.
  virtual void tasks_started(std::int64_t, std::uint32_t /*stage*/, std::span<const TaskStarted>) {}
  /// Called for attempts that have ended. The span is valid during the call.
  virtual void tasks_finished(std::int64_t, std::uint32_t /*stage*/, std::span<const TaskFinished>) {}
  /// The fields of a result. Called before tasks_finished() reports the task's success; only with
  /// RunOptions::report_results.
  virtual void task_result(std::int64_t, std::uint32_t /*stage*/, std::uint64_t /*index*/, const Value& /*fields*/) {}
  /// Called once per attempt that runs unusually long.
  virtual void task_slow(std::int64_t, std::uint32_t /*stage*/, const TaskSlow&) {}
  /// Called for progress that a task reports.
  virtual void task_progress(std::int64_t, std::uint32_t /*stage*/, const TaskProgress&) {}
  /// What runs now, in no order; before every tick, for each running stage.
  virtual void tasks_running(std::int64_t, std::uint32_t /*stage*/, std::span<const TaskRunning>) {}
  /// Called before every tick, for each running stage.
  virtual void tasks_waiting(std::int64_t, std::uint32_t /*stage*/, const TasksWaiting&) {}
  /// Called for each line that a task logs.
  virtual void task_said(std::int64_t, std::uint32_t /*stage*/, const TaskSaid&) {}
  /// Called for output of a task's own process or commands.
  virtual void task_output(std::int64_t, std::uint32_t /*stage*/, const TaskOutput&) {}
  /// Called for output of a process that tasks share.
  virtual void host_output(std::int64_t, const HostOutput&) {}
  /// Called when a process for tasks has started.
  virtual void host_started(std::int64_t, const HostStarted&) {}
  /// Called when a process for tasks has ended.
  virtual void host_ended(std::int64_t, const HostEnded&) {}
  /// Called when a stage has ended, also one that never started.
  virtual void stage_finished(std::int64_t, const StageFinished&) {}
  /// Called last.
  virtual void run_finished(std::int64_t, const RunFinished&) {}
  virtual void warning(std::int64_t, const Warning&) {}  ///< at time 0: warnings of the plan
  /// Called at least every 100 ms during the run; for progress on a terminal.
  virtual void tick(std::int64_t) {}
};

}  // namespace ropewalk
