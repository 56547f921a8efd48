#pragma once
// What is behind a Pool: a run of one stage whose tasks are submitted while it runs. The run loop, the executor and
// their verdicts are those of every run; this is their observer, which passes the ends of tasks on to futures. Owned by
// its Pool; on the pool's thread.

#include "engine/engine_state.hpp"
#include "engine/real_machine.hpp"
#include "engine/step_events.hpp"
#include "executors/board_executors.hpp"
#include "pool/argument_encoder.hpp"
#include "pool/batch_state.hpp"
#include "pool/task_feed.hpp"
#include "pool/future_state.hpp"
#include "run/result_store.hpp"
#include "run/run_loop.hpp"

#include <ropewalk/observer_list.hpp>
#include <ropewalk/pool.hpp>

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace ropewalk::pool_detail {

class PoolRun final : public TakesTurns, public Observer, public std::enable_shared_from_this<PoolRun> {
 public:
  static constexpr std::int64_t kForever = std::numeric_limits<std::int64_t>::max();

  /// Borrows the engine, until engine_ends().
  PoolRun(EngineState& engine, Plan plan, const PoolOptions& options);
  ~PoolRun() override;
  /// Before anything else. Once.
  void begin();

  Result<std::shared_ptr<FutureState>> submit(std::span<const Argument> arguments, const TaskOptions& options);
  Result<std::shared_ptr<BatchState>> submit_all(std::span<const Column> columns, std::span<const Argument> shared,
                                                 const TaskOptions& options);
  /// Ends these tasks before their time.
  void cancel(std::vector<std::uint64_t> tasks);
  void cancel(FutureState& task);
  void cancel(BatchState& batch);
  void cancel_all() { cancel(feed_.all_living()); }
  void close();
  /// ~Pool.
  void finish();

  /// Lets the engine work until `holds`, at the latest until then, CLOCK_MONOTONIC. Returns what holds then.
  bool wait_until(const std::function<bool()>& holds, std::int64_t until_ns = kForever);
  void step();
  int fd();
  /// The callbacks of a task that is done are due.
  void call_back(std::shared_ptr<FutureState> task);

  /// Throws Refused: R412, R413.
  void check_thread() const;
  void check_may_wait() const;

  const EngineState* engine() const { return engine_; }
  std::uint64_t pending() const { return feed_.living(); }
  const TaskCounts& counts() const { return counts_; }
  const PlannedStage& stage() const { return plan_.stages.front(); }

  // --- TakesTurns ---
  RunLoop& loop() override { return *loop_; }
  void turn() override;
  std::int64_t look_again_ns() override;
  void arm() override;
  void take_stop(StopLevel level) override;
  void engine_ends() override;

  // --- Observer ---
  void task_result(std::int64_t, std::uint32_t stage, std::uint64_t index, const Value& fields) override;
  void tasks_finished(std::int64_t, std::uint32_t stage, std::span<const TaskFinished> tasks) override;
  void run_finished(std::int64_t, const RunFinished& finished) override { why_ = finished.why; }

 private:
  Result<void> takes_tasks() const;
  void submitted(const std::shared_ptr<Submission>& submission, std::uint32_t tasks);
  void cancel_retries();
  void deliver();
  void end_all();

  EngineState* engine_;  // null: it is gone
  const Plan plan_;
  const AtEnd at_end_;
  const std::int64_t grace_ns_;
  const std::shared_ptr<PoolFacts> facts_;
  ArgumentEncoder encoder_;
  TaskFeed feed_;
  std::atomic<int> stop_ = 0;  // as the engine's

  ObserverList observers_;
  ResultStore results_;
  std::optional<RealMachine> machine_;
  std::optional<BoardExecutors> executors_;
  std::optional<RunLoop> loop_;
  StepEvents events_;

  TaskCounts counts_;
  std::map<std::uint64_t, Value> large_;                   // results that came apart from their events
  std::vector<std::uint64_t> cancel_again_;                // cancelled tasks whose attempt has failed since
  std::deque<std::shared_ptr<FutureState>> to_call_back_;  // done, with callbacks
  bool delivering_ = false;
  std::uint32_t unturned_ = 0;  // tasks submitted since the last turn
  bool ended_ = false;
  std::string why_;  // why it broke; empty: it did not
};

}  // namespace ropewalk::pool_detail
