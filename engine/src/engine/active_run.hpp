#pragma once
// One run of an engine, from its record to its result: what Engine::run() goes through to the end and Run in steps.
// One thread.

#include "engine/engine_state.hpp"
#include "engine/kept_from_record.hpp"
#include "engine/real_machine.hpp"
#include "engine/resume_notes.hpp"
#include "engine/step_events.hpp"
#include "events/fold.hpp"
#include "events/redacting_observer.hpp"
#include "executors/auto_executor.hpp"
#include "executors/board_executors.hpp"
#include "record/record_writer.hpp"
#include "run/result_store.hpp"
#include "run/run_loop.hpp"

#include <ropewalk/observer_list.hpp>

#include <memory>
#include <optional>

namespace ropewalk {

class ActiveRun final : public TakesTurns {
 public:
  /// Borrows the engine, the plan and the observer. Errors: the engine runs something (R401), or the run cannot be
  /// recorded (R3xx).
  static Result<std::unique_ptr<ActiveRun>> begin(EngineState& engine, const Plan& plan, Observer& observer,
                                                  const RunOptions& options);
  /// A run that has not ended is killed first.
  ~ActiveRun() override;

  /// A descriptor that is readable when step() has something to do.
  Result<int> fd();
  /// Does what can be done now. False: the run has ended.
  bool step();
  bool has_ended() const { return ended_; }
  /// Goes on to the end. Once.
  RunResult wait();

  // --- TakesTurns ---
  RunLoop& loop() override { return *loop_; }
  void turn() override;
  std::int64_t look_again_ns() override { return loop_->look_again_ns(); }
  void arm() override;
  void engine_ends() override;

 private:
  ActiveRun(EngineState& engine, const Plan& plan, Observer& observer, const RunOptions& options);
  void start();
  void finish();

  EngineState& engine_;
  const Plan& plan_;
  const RunOptions options_;
  const unsigned cores_;                          // that the run may use
  std::unique_ptr<record::RecordWriter> record_;  // null: the run is not recorded
  std::unique_ptr<KeptFromRecord> kept_;          // null: it is not resumed

  Observer& observer_;  // the caller's
  Fold fold_;
  std::optional<ResumeNotes> notes_;
  ObserverList observers_;                      // of what happens
  std::optional<RedactingObserver> redacting_;  // before them

  std::optional<RealMachine> machine_;
  BoardExecutors board_executors_;
  AutoExecutors executors_;
  const std::shared_ptr<ResultStore> results_;
  std::optional<RunLoop> loop_;
  bool ended_ = false;
  bool engine_gone_ = false;
  std::optional<RunResult> result_;  // taken when the engine ended

  StepEvents events_;
};

}  // namespace ropewalk
