#pragma once
// Carries out a stage with `executor: auto`: tries modes on the first tasks of the stage, and leaves the rest to the
// one that auto_rules chooses. Each mode is an executor of its own behind the same seam, so nothing here knows a
// process. Every task runs once, in one mode, and its result counts. While one mode takes over from another, the tasks
// of both together are no more than the stage's workers. On the engine's thread.

#include "executors/auto_rules.hpp"
#include "executors/choice_memory.hpp"
#include "executors/executor.hpp"

#include <ropewalk/auto_choice.hpp>
#include <ropewalk/plan.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace ropewalk {

/// What an AutoExecutor needs besides the stage.
struct AutoSetting {
  auto_rules::StageFacts facts;
  std::function<std::int64_t()> now_ns;  ///< CLOCK_MONOTONIC
  const ChoiceMemory* memory = nullptr;  ///< borrowed; null: nothing is remembered
  std::string key = {};                  ///< of the stage in the memory
};

class AutoExecutor final : public Executor {
 public:
  /// Borrows the factory, which opens the executors of modes, and the plan's stage.
  AutoExecutor(ExecutorFactory& executors, const PlannedStage& stage, StageSetting setting, AutoSetting with);
  ~AutoExecutor() override;
  /// Once, before anything else: opens the first mode.
  Result<void> open();

  std::size_t room() override;
  void deal(std::span<const Deal> tasks) override;
  void drain(ExecutorListener& listener, bool more) override;
  std::int64_t look_again_ns() override;
  void halt(Halt halt, ExecutorListener& listener) override;
  void finish(ExecutorListener& listener) override;
  std::size_t in_flight() const override;
  void running(std::vector<TaskRunning>& all) const override;
  std::uint32_t hosts() const override { return most_hosts_; }
  void idle_for(Idle reason, std::int64_t now_ns) override;
  std::optional<ExecutorTimes> times(std::int64_t now_ns) override;
  std::optional<AutoChoice> choice() const override;

 private:
  struct Candidate;
  class Ear;

  Candidate& current() const { return *candidates_[current_]; }
  Result<void> use(const auto_rules::Mode& mode);
  void follow(const auto_rules::Decision& decision, ExecutorListener& listener);
  void look_at_deaths(ExecutorListener& listener);
  void look_at_memory(ExecutorListener& listener);
  void measure_window(std::int64_t now_ns);
  void choose(ExecutorListener& listener);
  auto_rules::Situation situation() const;
  bool waits_for_canary() const;
  auto_rules::Seen seen_in_all() const;
  double workers_time_of_current(std::int64_t now_ns) const;
  void count_hosts();
  void end_unused(ExecutorListener& listener);
  void take_times(Candidate& candidate, std::int64_t now_ns);
  void remember() const;

  ExecutorFactory& executors_;
  const PlannedStage& stage_;
  const StageSetting setting_;
  const AutoSetting with_;

  std::vector<std::unique_ptr<Candidate>> candidates_;  // in the order in which they were tried
  std::size_t current_ = 0;                             // gets what is dealt
  std::size_t first_tried_ = 0;                         // candidates before it say nothing of the tasks of today
  auto_rules::Decision decision_;
  std::optional<auto_rules::Remembered> remembered_;  // and in use
  auto_rules::Lately lately_;                         // of the current candidate
  std::uint64_t dealt_ = 0;                           // tasks, each once
  std::int64_t looked_ns_ = 0;                        // when it last looked whether to try another mode
  bool held_back_ = false;  // lately the current mode had less than it had room for: that is no measure of its speed
  bool halted_ = false;
  std::uint32_t most_hosts_ = 0;

  // for the ledger
  std::int64_t since_ns_;                     // the current mode is in use
  double workers_time_ = 0;                   // of the modes that were in use before it
  std::optional<ExecutorTimes> ended_times_;  // of candidates that have ended
};

/// Opens an AutoExecutor for stages with `executor: auto`, and leaves the others to another factory.
class AutoExecutors final : public ExecutorFactory {
 public:
  /// `scope`: names the workflow in the memory. Borrows the factory. `now_ns`: CLOCK_MONOTONIC.
  AutoExecutors(ExecutorFactory& executors, unsigned cores, std::filesystem::path memory, std::string scope,
                std::function<std::int64_t()> now_ns)
      : executors_(executors),
        cores_(cores),
        memory_(std::move(memory)),
        scope_(std::move(scope)),
        now_ns_(std::move(now_ns)) {}
  Result<std::unique_ptr<Executor>> open(const PlannedStage& stage, StageSetting setting) override;
  std::vector<std::string> finish() override { return executors_.finish(); }

 private:
  ExecutorFactory& executors_;
  const unsigned cores_;
  const ChoiceMemory memory_;
  const std::string scope_;
  const std::function<std::int64_t()> now_ns_;
};

}  // namespace ropewalk
