#pragma once
// An executor for a stage whose attempts differ in limits, timeout or environment. First attempts, and those that are
// like them, go to one executor; each other kind of attempt gets one of its own, which ends when it has nothing to run.
// All of them together run as many tasks at once as the stage may. Driven as any Executor. It does not know what makes
// attempts differ.

#include "executors/executor.hpp"
#include "plan/attempt_values.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace ropewalk {

class VariedExecutor final : public Executor {
 public:
  /// Borrows the factory and the plan's stage.
  static Result<std::unique_ptr<Executor>> open(ExecutorFactory& executors, const PlannedStage& stage,
                                                StageSetting setting);
  ~VariedExecutor() override;

  std::size_t room() override;
  void deal(std::span<const Deal> tasks) override;
  void drain(ExecutorListener& listener, bool more) override;
  std::int64_t look_again_ns() override;
  void halt(Halt halt, ExecutorListener& listener) override;
  void cancel(std::span<const std::uint64_t> tasks, ExecutorListener& listener) override;
  void finish(ExecutorListener& listener) override;
  std::size_t in_flight() const override;
  void running(std::vector<TaskRunning>& all) const override;
  std::uint32_t hosts() const override { return most_hosts_; }
  void idle_for(Idle reason, std::int64_t now_ns) override { first_->idle_for(reason, now_ns); }
  /// Nothing once attempts have differed: the workers' time is then not that of one executor.
  std::optional<ExecutorTimes> times(std::int64_t now_ns) override;
  std::optional<AutoChoice> choice() const override { return first_->choice(); }

 private:
  struct Variant;
  VariedExecutor(ExecutorFactory& executors, const PlannedStage& stage, StageSetting setting);
  Variant* variant_for(const AttemptValues& values);
  template <class Call>
  void each(const Call& call) const;
  void count_hosts();

  ExecutorFactory& executors_;
  const PlannedStage& stage_;
  const StageSetting setting_;
  std::unique_ptr<Executor> first_;
  std::vector<std::unique_ptr<Variant>> variants_;
  std::optional<Error> broken_;  // a variant could not be opened
  std::uint32_t most_hosts_ = 0;
  bool has_varied_ = false;
};

}  // namespace ropewalk
