#pragma once
// The seam between deciding and doing: the run loop deals tasks to an Executor in spans and hears in spans how they
// ended. One Executor serves one stage. Driven on the engine's thread. It knows nothing of the order of stages, of
// retries or of what results mean. Fakes are first-class: see fake.hpp.

#include "executors/executor_times.hpp"
#include "protocol/fields.hpp"

#include <ropewalk/auto_choice.hpp>
#include <ropewalk/error.hpp>
#include <ropewalk/events.hpp>
#include <ropewalk/plan.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ropewalk {

struct AttemptValues;  // plan/attempt_values.hpp

/// A task to be carried out. `params` and `blobs` are borrowed until deal() returns.
struct Deal {
  std::uint64_t task;
  std::uint32_t attempt;
  std::string_view params;
  std::span<const std::shared_ptr<const board::Blob>> blobs = {};  ///< that parameters lie in
  std::span<const std::int32_t> failed_on =
      {};  ///< hosts (pids) where earlier attempts of it failed; borrowed as the others
  std::optional<std::int64_t> timeout_ns = {};  ///< of this task, instead of its stage's; 0: none
  const AttemptValues* own = nullptr;  ///< instead of those of the stage; null: as the stage; borrowed as the others
};

/// What a failed task said of its failure, where it said anything.
enum class FailureKind : std::uint8_t { error, transient, permanent };

/// How an attempt ended. Each dealt attempt ends exactly once, when nothing of it runs any more.
struct AttemptResult {
  std::uint64_t task;
  std::uint32_t attempt;
  Outcome outcome;
  std::int32_t detail = 0;      ///< as TaskFinished::detail
  std::int64_t started_ns = 0;  ///< CLOCK_MONOTONIC; 0: it never started
  std::int64_t run_ns = 0;
  std::int64_t cpu_ns = 0;
  std::int32_t host = 0;  ///< pid
  std::uint32_t worker = 0;
  std::string_view payload;               ///< result fields if succeeded, else the message; borrowed during the call
  FailureKind kind = FailureKind::error;  ///< permanent: not to be tried again, however it ended
  Ending ending = Ending::reported;
  std::string_view evidence = {};      ///< of a crash; borrowed during the call
  const KeptOutput* output = nullptr;  ///< what it wrote, if it did not succeed; null: nothing; borrowed
  const std::shared_ptr<const board::Blob>* blob = nullptr;  ///< that large fields of the result lie in; borrowed
};

/// How to stop.
enum class Halt : std::uint8_t {
  start_nothing,  ///< tasks that have not begun end as not_started, the others go on
  ask_running,    ///< and the running ones are asked to stop
  kill_running,   ///< and end as cancelled, now
};

/// The message of a task that a halt kept from beginning.
inline constexpr std::string_view kStoppedBefore = "the run was stopped before it";
/// The message of a task that a halt kept from ending.
inline constexpr std::string_view kStoppedWhile = "the run was stopped while it ran";

/// The message of a task that was cancelled before it began.
inline constexpr std::string_view kCancelledBefore = "it was cancelled before it began";
/// The message of a task that was cancelled while it ran.
inline constexpr std::string_view kCancelledWhile = "it was cancelled while it ran";

/// Hears what happens at an Executor, during its drain(), halt() and cancel().
class ExecutorListener {
 public:
  virtual ~ExecutorListener() = default;
  virtual void started(std::span<const TaskStarted> tasks) = 0;
  virtual void slow(const TaskSlow& task) = 0;
  virtual void ended(std::span<const AttemptResult> tasks) = 0;
  virtual void said(const TaskSaid& said) = 0;
  /// How far an attempt that runs has come: the latest that is known, once a drain at most.
  virtual void progressed(const TaskProgress& progress) = 0;
  virtual void output(const TaskOutput& output) = 0;
  virtual void host_started(std::int32_t pid, std::uint32_t workers) = 0;
  /// What a host prints that is not known to be one task's.
  virtual void host_output(std::int32_t pid, std::string_view text) = 0;
  virtual void host_ended(std::int32_t pid, std::string_view how, HostEnd end) = 0;
  virtual void waited(std::int64_t runnable_wait_ns) = 0;
  virtual void warning(std::string_view text) = 0;
  /// It cannot go on: what is dealt and has not ended never will. Nothing follows.
  virtual void broken(const Error& error) = 0;
  /// Whether a failure that was reported stops the run. The executor then starts nothing more; halt() follows.
  virtual bool stops() const { return false; }
};

class Executor {
 public:
  virtual ~Executor() = default;
  /// How many more tasks it would take now: enough to keep its workers busy for about a millisecond.
  virtual std::size_t room() = 0;
  /// At most room() of them.
  virtual void deal(std::span<const Deal> tasks) = 0;
  /// Reports to the listener what happened since the last call; moves work from busy workers to idle ones, unless the
  /// listener stops().
  /// `more` says whether further tasks will be dealt.
  virtual void drain(ExecutorListener& listener, bool more) = 0;
  /// When to call drain() at the latest, though nothing rings; CLOCK_MONOTONIC.
  virtual std::int64_t look_again_ns() = 0;
  /// May be called again to go further. Nothing more is dealt afterwards.
  virtual void halt(Halt halt, ExecutorListener& listener) = 0;
  /// Ends attempts of these tasks, which are in flight, before their time. Those that have not begun end as not_started
  /// during the call, as the listener hears. Those that run are asked to stop, and killed after the grace period;
  /// they end as cancelled, unless they have succeeded in the meantime. An executor that cannot lets them go on.
  virtual void cancel(std::span<const std::uint64_t> /*tasks*/, ExecutorListener&) {}
  /// Once, when nothing is in flight and nothing will be dealt: reports the rest to the listener.
  virtual void finish(ExecutorListener&) {}
  /// Dealt and not ended.
  virtual std::size_t in_flight() const = 0;
  /// Appends what runs now.
  virtual void running(std::vector<TaskRunning>&) const {}
  /// The most hosts that it had at once.
  virtual std::uint32_t hosts() const = 0;
  /// Why workers that have nothing to run are idle from now on, as far as the stage knows. Called after every turn.
  virtual void idle_for(Idle /*reason*/, std::int64_t /*now_ns*/) {}
  /// What its workers have spent until then. Once, before finish(). Empty: it does not measure.
  virtual std::optional<ExecutorTimes> times(std::int64_t /*now_ns*/) { return std::nullopt; }
  /// What it chose, and why, as far as it has come. Empty: it is what the stage asked for, and chooses nothing.
  virtual std::optional<AutoChoice> choice() const { return std::nullopt; }
};

/// When a host is replaced although nothing is wrong with it. Between tasks, never as a failure.
struct Recycling {
  std::uint64_t after_tasks = 0;  ///< 0: never for its age
  std::uint64_t above_bytes = 0;  ///< memory of its own between tasks; 0: never for its size
};

/// What an executor is given besides the stage.
struct StageSetting {
  std::string run_id;
  std::string constants;    ///< encoded parameters of all positions; the varying ones absent
  board::Blobs blobs = {};  ///< that constants lie in
  std::vector<std::uint32_t> varying;
  std::optional<std::uint64_t> tasks = {};  ///< absent: not known yet
  unsigned workers = 1;                     ///< tasks at once; may be less than the plan's, never more
  bool own_rules = false;                   ///< tasks may have timeouts and retries of their own
  std::int64_t started_ns = 0;              ///< when the stage started; CLOCK_MONOTONIC
  std::int64_t grace_ns = 10'000'000'000;   ///< between asking a task to stop and killing its host
};

class ExecutorFactory {
 public:
  virtual ~ExecutorFactory() = default;
  virtual Result<std::unique_ptr<Executor>> open(const PlannedStage& stage, StageSetting setting) = 0;
  /// Once, after the last stage: warnings about what went wrong when hosts ended.
  virtual std::vector<std::string> finish() { return {}; }
};

}  // namespace ropewalk
