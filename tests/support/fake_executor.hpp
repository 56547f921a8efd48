#pragma once
// An executor without hosts, processes or time: outcomes come from a script. For tests of everything above the executor
// interface, and for the contract suite beside the real executors. Time advances only when the run loop waits
// (FakeMachine).

#include "executors/executor.hpp"
#include "run/machine.hpp"
#include "hosts/pause_clock.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ropewalk {

/// What a scripted task says of its progress.
struct FakeProgress {
  std::int64_t after_ns = 0;  ///< from its start
  double fraction = 0;
  std::string text = {};
};

/// What a scripted task does.
struct FakeTask {
  Outcome outcome = Outcome::succeeded;
  std::string payload = {};  ///< encoded result, or the message
  std::int64_t takes_ns = 0;
  std::int32_t detail = 0;
  FailureKind kind = FailureKind::error;
  bool deaf = false;                        ///< does not stop when it is asked to
  double cpu_share = 1;                     ///< of takes_ns
  std::vector<FakeProgress> progress = {};  ///< in the order of their times
};

class FakeMachine final : public Machine {
 public:
  std::int64_t now_ns() override { return now_ns_; }
  std::int64_t timer_ns() override { return pauses_.at(now_ns_); }
  std::int64_t suspended_ns() override;
  /// Advances to the next event, or to the end of the wait.
  bool wait(std::int64_t until_ns) override;
  int stop_asked() override { return stop_; }
  double random() override { return 0.5; }
  void share_cores(std::uint64_t tasks) override {
    if (sharing.empty() || sharing.back() != tasks) sharing.push_back(tasks);
  }
  std::vector<std::uint64_t> sharing;  ///< how many tasks have shared the cores, each change of it
  std::string problem() override { return trouble; }
  std::string trouble;  ///< why nothing more may be dispatched

  /// From then on somebody wants the run to stop.
  void stop_at(std::int64_t at_ns, StopLevel level) { stops_.emplace(at_ns, level); }
  void happens_at(std::int64_t at_ns) { happenings_.emplace(at_ns, true); }
  /// Pauses the run between these times: the timers stand still. Call in ascending order.
  void pause(std::int64_t from_ns, std::int64_t until_ns) { pauses_.pause(from_ns), pauses_.resume(until_ns); }
  /// Suspends the machine at that time for that long. No clock of a run counts it.
  void suspend_at(std::int64_t at_ns, std::int64_t length_ns) { suspensions_.emplace(at_ns, length_ns); }

 private:
  std::int64_t now_ns_ = 1'000'000'000;
  int stop_ = 0;
  std::multimap<std::int64_t, StopLevel> stops_;
  std::multimap<std::int64_t, bool> happenings_;
  std::multimap<std::int64_t, std::int64_t> suspensions_;
  PauseClock pauses_;
};

/// Runs tasks according to `script`, `workers` at once.
class FakeExecutor final : public Executor {
 public:
  using Script = std::function<FakeTask(std::uint64_t task, std::uint32_t attempt)>;
  FakeExecutor(FakeMachine& machine, Script script, unsigned workers)
      : machine_(machine), script_(std::move(script)), workers_(workers), time_(workers, machine.now_ns()) {}

  std::size_t room() override { return halted_ ? 0 : workers_ - running_.size(); }
  void deal(std::span<const Deal> tasks) override;
  void drain(ExecutorListener& listener, bool more) override;
  std::int64_t look_again_ns() override;
  void halt(Halt halt, ExecutorListener& listener) override;
  void cancel(std::span<const std::uint64_t> tasks, ExecutorListener& listener) override;
  std::size_t in_flight() const override { return running_.size(); }
  std::uint32_t hosts() const override { return 1; }
  void idle_for(Idle reason, std::int64_t now_ns) override { time_.idle_for(reason, now_ns); }
  std::optional<ExecutorTimes> times(std::int64_t now_ns) override { return ExecutorTimes{.slots = time_.at(now_ns)}; }

 private:
  struct Running {
    std::uint64_t task;
    std::uint32_t attempt;
    FakeTask does;
    std::int64_t since_ns;
    bool reported = false;
    std::size_t progress_reported = 0;
  };

  void stop(ExecutorListener& listener, const std::function<bool(const Running&)>& which, std::string_view why);

  FakeMachine& machine_;
  Script script_;
  unsigned workers_;
  SlotTime time_;
  bool halted_ = false;
  std::multimap<std::int64_t, Running> running_;  // by end time
};

class FakeExecutors final : public ExecutorFactory {
 public:
  FakeExecutors(FakeMachine& machine, FakeExecutor::Script script) : machine_(machine), script_(std::move(script)) {}
  Result<std::unique_ptr<Executor>> open(const PlannedStage& stage, StageSetting setting) override;

 private:
  FakeMachine& machine_;
  FakeExecutor::Script script_;
};

}  // namespace ropewalk
