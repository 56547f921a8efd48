#pragma once
// One stage while it runs: makes the parameters of its tasks, deals them to its executor, keeps what comes back and
// counts. Driven by the run loop, on its thread. It does not know when other stages start; a stage that streams
// from it is told through its Downstream.

#include "base/arena.hpp"
#include "run/machine.hpp"
#include "executors/executor.hpp"
#include "plan/parameters.hpp"
#include "run/result_store.hpp"
#include "run/retry_book.hpp"
#include "run/task_table.hpp"

#include <ropewalk/events.hpp>
#include <ropewalk/plan.hpp>

#include <algorithm>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace ropewalk {

/// What is the same for all stages of a run.
struct RunSetting {
  std::string id;
  std::int64_t grace_ns = 0;  ///< between asking a task to stop and killing its host
  bool report_results = false;  ///< to the observer, one by one
};

class StageRun final : public ExecutorListener {
 public:
  /// Borrows all. `begin_ns`: when the run began, in the machine's time.
  StageRun(const Plan& plan, std::uint32_t number, Machine& machine, ResultStore& results, Observer& observer, std::int64_t begin_ns);

  enum class State : std::uint8_t { waiting, running, ended };
  State state() const { return state_; }
  Outcome outcome() const { return outcome_; }
  /// Whether stages that need it may start.
  bool counts_as_success() const;
  const PlannedStage& plan() const { return stage_; }
  std::uint32_t number() const { return number_; }
  std::uint64_t tasks() const { return tasks_.size(); }
  /// The most tasks that it can still have running at the same time.
  std::uint64_t at_once() const { return listed() ? std::min<std::uint64_t>(workers_, tasks_.left()) : workers_; }
  /// Whether it has failed, in whatever way, and its `on_error` is to stop the run.
  bool stopped_by_failure() const;
  const std::optional<Error>& broken() const { return broken_; }

  /// waiting -> running. `upstream`: the stage it streams from, which is running or has ended.
  void start(std::int64_t now_ns, const RunSetting& run, ExecutorFactory& executors, StageRun* upstream, unsigned workers);
  /// waiting -> ended without a task.
  void skip(std::int64_t now_ns, Outcome outcome, std::string why);
  /// Deals what there is room for, hears what ended. Ends the stage when its last task has.
  void turn(std::int64_t now_ns);
  void halt(std::int64_t now_ns, Halt halt);
  std::int64_t look_again_ns();
  /// Tells the observer what runs now, and what waits for another try.
  void report_running() const;

  // --- ExecutorListener ---
  void started(std::span<const TaskStarted> tasks) override;
  void ended(std::span<const AttemptResult> tasks) override;
  void slow(const TaskSlow& task) override { observer_.task_slow(since_begin(), number_, task); }
  void said(const TaskSaid& said) override;
  void output(const TaskOutput& output) override;
  void host_started(std::int32_t pid, std::uint32_t workers) override;
  void host_output(std::int32_t pid, std::string_view text) override;
  void host_ended(std::int32_t pid, std::string_view how) override;
  void waited(std::int64_t runnable_wait_ns) override { runnable_wait_ns_ += runnable_wait_ns; }
  void warning(std::string_view text) override;
  void broken(const Error& error) override;
  bool stops() const override { return stopped_by_failure(); }

 private:
  bool open(const RunSetting& run, ExecutorFactory& executors, StageRun* upstream);
  /// Whether all its tasks are known.
  bool listed() const { return upstream_ == nullptr ? listed_ : upstream_->listed(); }
  void list_more();
  void stop_listing();
  void report_listed();
  void grow(std::uint64_t total);
  TaskState first_state() const { return upstream_ != nullptr ? TaskState::pending : TaskState::ready; }
  void upstream_ended(std::uint64_t index, Outcome outcome);
  void deal();
  bool make_params(const Scope& scope, Deal& deal, std::string& problem);
  bool next_ready(std::uint64_t& index, std::uint32_t& attempt);
  std::string name_of(std::uint64_t index) const;
  bool try_again(const AttemptResult& task);
  void succeeded_with_outputs(AttemptResult task);
  void attempt_ended(const AttemptResult& task, bool last);
  Result<std::string> with_outputs(std::uint64_t index, std::string_view payload, const std::shared_ptr<const board::Blob>* blob);
  void end_waiting_tries();
  void end_undealt(std::uint64_t index, Outcome outcome, std::string_view message, std::uint32_t attempt = 0, const KeptOutput* output = nullptr);
  void record(const TaskFinished& finished, std::string_view payload, const std::shared_ptr<const board::Blob>* blob = nullptr);
  void finish_if_done();
  std::int64_t since_begin() const { return now_ns_ - begin_ns_; }

  const PlannedStage& stage_;
  const std::uint32_t number_;
  const Map& params_of_run_;
  Machine& machine_;
  ResultStore& results_;
  Observer& observer_;
  const std::int64_t begin_ns_;
  std::string run_id_;
  bool report_results_ = false;

  State state_ = State::waiting;
  Outcome outcome_ = Outcome::not_started;
  bool starved_ = false;  // what failed is its upstream: it has not had all its items
  std::string why_;
  std::int64_t now_ns_ = 0, started_ns_ = 0;
  std::int64_t timer_ns_ = 0;  // of this turn, for tries that wait
  std::unique_ptr<Executor> executor_;
  ItemList* items_ = nullptr;  // owned by the results; null for a stream
  std::vector<StageRun*> downstream_;
  StageRun* upstream_ = nullptr;
  TaskTable tasks_;
  std::uint64_t next_ = 0;  // of what has items of its own
  bool listed_ = true;  // of what has items of its own
  std::deque<std::uint64_t> ready_;           // of a stream
  std::vector<std::int64_t> ready_since_ns_;  // of a stream, by index
  RetryBook retries_;
  std::int64_t runnable_wait_ns_ = 0;
  std::uint32_t hosts_ = 0;
  unsigned workers_ = 0;
  std::optional<Halt> halted_;
  std::optional<Error> unopened_;  // why it could not start: its items, its parameters
  std::optional<Error> broken_;    // why it cannot go on: not the tasks' fault
  std::string unlisted_;           // why there are no more items than those that were listed

  std::vector<Type> varying_types_;
  std::vector<Value> values_;  // scratch
  std::optional<board::IntFields> ints_;  // scratch, where nothing else varies
  std::vector<Deal> deals_;
  Arena params_;                          // of deals_
  std::deque<board::Blobs> params_blobs_;  // that parameters of deals_ lie in
  std::string encoded_;                   // scratch
  std::vector<TaskFinished> finished_;  // scratch
  std::deque<std::string> messages_;    // scratch: of tasks whose outputs cannot be made
};

}  // namespace ropewalk
