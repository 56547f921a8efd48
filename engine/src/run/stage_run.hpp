#pragma once
// One stage while it runs: starts, dispatches tasks to its executor, hears how their attempts end, tries again, ends.
// What it consists of: which tasks there are in which state (TaskTable), in what order they are dispatched (TaskQueue),
// with which parameters (DispatchSpan), keys (TaskKeys) and files (TaskFiles), when one is tried again (RetryBook), how
// they end (TaskEnds), and what that makes of the stage (judge). Driven by the run loop, on its thread. It does not
// know when other stages start.

#include "executors/executor.hpp"
#include "run/dispatch_span.hpp"
#include "run/downstream.hpp"
#include "run/engine_time.hpp"
#include "run/progress_book.hpp"
#include "run/retry_book.hpp"
#include "run/stage_context.hpp"
#include "run/stage_verdict.hpp"
#include "run/task_ends.hpp"
#include "run/task_files.hpp"
#include "run/task_keys.hpp"
#include "run/task_queue.hpp"
#include "run/task_table.hpp"

#include <ropewalk/events.hpp>
#include <ropewalk/plan.hpp>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace ropewalk {

class StageRun final : public ExecutorListener, public Downstream {
 public:
  /// Borrows all.
  StageRun(const Plan& plan, std::uint32_t number, const RunSetting& run, Machine& machine, ResultStore& results,
           EngineTime& engine, Observer& observer);
  StageRun(const StageRun&) = delete;
  StageRun& operator=(const StageRun&) = delete;

  enum class State : std::uint8_t { waiting, running, ended };
  State state() const { return state_; }
  Outcome outcome() const { return verdict_.outcome; }
  /// Whether stages that need it may start.
  bool counts_as_success() const;
  const PlannedStage& plan() const { return context_.stage; }
  std::uint32_t number() const { return context_.number; }
  std::uint64_t tasks() const { return tasks_.size(); }
  /// The most tasks that it can still have running at the same time.
  std::uint64_t at_once() const { return listed() ? std::min<std::uint64_t>(workers_, tasks_.left()) : workers_; }
  /// Whether it has failed, in whatever way, and its `on_error` is to stop the run.
  bool stopped_by_failure() const;
  const std::optional<Error>& broken() const { return broken_; }

  /// waiting -> running. `upstream`: the stage it streams from, which is running or has ended.
  void start(std::int64_t now_ns, ExecutorFactory& executors, StageRun* upstream, unsigned workers);
  /// waiting -> ended without a task.
  void skip(std::int64_t now_ns, Outcome outcome, std::string why);
  /// Dispatches what there is room for, hears what ended. Ends the stage when its last task has.
  void turn(std::int64_t now_ns);
  /// `late`: which deadline passed, if that is why.
  void halt(std::int64_t now_ns, Halt halt, std::string_view late = {});
  /// Ends these tasks before their time. Those that run are asked to stop, and killed after the grace period. Any that
  /// have ended are left out.
  void cancel(std::int64_t now_ns, std::span<const std::uint64_t> tasks);
  std::int64_t look_again_ns();
  /// Tells the observer what runs now, how far it has come, and what waits for another try.
  void report_running();

  // --- ExecutorListener ---
  void started(std::span<const TaskStarted> tasks) override { observer().tasks_started(t_ns(), number(), tasks); }
  void ended(std::span<const AttemptResult> tasks) override;
  void slow(const TaskSlow& task) override { observer().task_slow(t_ns(), number(), task); }
  void progressed(const TaskProgress& progress) override;
  void said(const TaskSaid& said) override { observer().task_said(t_ns(), number(), said); }
  void output(const TaskOutput& output) override { observer().task_output(t_ns(), number(), output); }
  void host_started(std::int32_t pid, std::uint32_t workers) override;
  void host_output(std::int32_t pid, std::string_view text) override {
    observer().host_output(t_ns(), {number(), pid, text});
  }
  void host_ended(std::int32_t pid, std::string_view how, HostEnd end) override {
    observer().host_ended(t_ns(), {number(), pid, how, end});
  }
  void waited(std::int64_t runnable_wait_ns) override { runnable_wait_ns_ += runnable_wait_ns; }
  void warning(std::string_view text) override { context_.warn(text); }
  void broken(const Error& error) override;
  bool stops() const override { return stopped_by_failure(); }

  // --- Downstream ---
  void upstream_grew(std::uint64_t tasks) override { grow(tasks); }
  void upstream_listed() override { report_listed(); }
  void upstream_task_ended(std::int64_t now_ns, std::uint64_t index, Outcome outcome) override;

 private:
  Observer& observer() const { return context_.observer; }
  std::int64_t t_ns() const { return context_.since_begin_ns(); }

  /// Whether its own deadline has stopped it, and nothing else of the run.
  bool stopped_alone() const { return stopped_alone_; }
  void look_at_deadline();
  std::int64_t deadline_at_ns() const;
  std::string stopped_before() const;

  Result<void> open(ExecutorFactory& executors);
  void join_upstream();
  /// Whether all its tasks are known.
  bool listed() const { return upstream_ == nullptr ? queue_.is_listed() : upstream_->listed(); }
  void list_more();
  void stop_listing();
  void report_listed();
  void grow(std::uint64_t tasks);

  bool may_dispatch() const { return !halted_ && !broken_ && !stopped_by_failure(); }
  void dispatch();
  bool fill_span(std::size_t room);
  bool read_item(std::uint64_t index, Value& item, std::string& problem) const;
  bool take_own_values(const Scope& scope, std::string& problem);
  void dispatch_span();
  bool has_lost_tasks() const;
  Idle idle_reason() const;
  std::optional<StageLedger> ledger();
  void finish_if_done();
  void end(StageVerdict verdict, std::uint64_t tasks, std::int64_t wall_ns);

  StageContext context_;
  EngineTime& engine_;
  TaskTable tasks_;
  RetryBook retries_;
  TaskQueue queue_;
  TaskKeys keys_;
  TaskFiles files_;
  Downstreams downstreams_;
  TaskEnds ends_;
  DispatchSpan span_;
  ProgressBook progress_;
  std::unique_ptr<Executor> executor_;
  ItemList* items_ = nullptr;  // owned by the results; null for a stream
  StageRun* upstream_ = nullptr;

  State state_ = State::waiting;
  StageVerdict verdict_;
  std::optional<Halt> halted_;
  std::optional<Error> broken_;  // why it cannot continue: not the tasks' fault
  unsigned workers_ = 0;
  std::uint32_t hosts_ = 0;  // the most at once
  std::int64_t started_ns_ = 0;
  std::int64_t timer_ns_ = 0;  // of this turn, for tries that wait
  std::int64_t started_timer_ns_ = 0;
  bool stopped_alone_ = false;  // by its own deadline
  std::int64_t runnable_wait_ns_ = 0;
  std::optional<std::int64_t> idle_before_ns_;  // of the machine's cores, when it started
  std::optional<StageLedger> ledger_;
  std::optional<AutoChoice> choice_;
};

}  // namespace ropewalk
