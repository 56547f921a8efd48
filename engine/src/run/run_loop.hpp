#pragma once
// The run loop: decides which stages run, lets each take its turn, waits, and carries out a stop. A state machine
// over events: what it knows of the world comes through Machine, ExecutorFactory and the plan, so that it is tested
// with a fake clock and a fake executor. One thread; the only owner of the state of a run.

#include "executors/executor.hpp"
#include "run/engine_time.hpp"
#include "run/machine.hpp"
#include "run/result_store.hpp"
#include "run/stage_run.hpp"
#include "run/waiting_stages.hpp"

#include <ropewalk/events.hpp>
#include <ropewalk/plan.hpp>

#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace ropewalk {

class RunLoop {
 public:
  /// Borrows all of it for as long as it lives.
  RunLoop(const Plan& plan, Machine& machine, ExecutorFactory& executors, ResultStore& results, Observer& observer);

  /// Runs the plan to its end; everything is reported to the observer. Once.
  void run(const RunSetting& setting);

  /// The same in steps, for who waits himself: begin(), then turn() until it returns false, with wait() in between.
  void begin(const RunSetting& setting);
  /// Does what can be done now. False: the run has ended.
  bool turn();
  /// When the next turn has something to do at the latest, in the machine's time.
  std::int64_t look_again_ns();
  /// Waits until something may have happened, at the latest until then.
  void wait(std::int64_t until_ns);
  /// Nothing can run any more: another wait of the same machine has found that.
  void lose_hosts();
  bool hosts_lost() const { return hosts_lost_; }
  /// Ends tasks of a stage before their time; see StageRun::cancel().
  void cancel(std::uint32_t stage, std::span<const std::uint64_t> tasks);

 private:
  bool start_stages();
  bool skip_waiting();
  void start_or_skip(StageRun& stage);
  bool skip_for_needs(StageRun& stage);
  bool skip_for_condition(StageRun& stage);
  void take_note(StageRun& stage);
  unsigned workers_for(const StageRun& stage) const;
  void take_turns();
  void tick();
  void look_at_deadline();
  void look_at_stop();
  void look_at_stop_of_last(int asked);
  std::int64_t next_kill_ns() const;
  void look_for_suspension();
  void share_cores();
  void halt(Halt halt);
  void halt_for_failure();
  void begin_last();
  void halt_last();
  void go_on_without(const std::string& why, Halt halt);
  void report_end();

  const Plan& plan_;
  Machine& machine_;
  ExecutorFactory& executors_;
  ResultStore& results_;
  Observer& observer_;
  RunSetting run_;
  EngineTime engine_;
  std::deque<StageRun> stages_;
  WaitingStages waiting_;
  std::vector<StageRun*> running_;  // in the order of their numbers
  std::optional<Halt> halted_;      // stages without `finally`
  bool skipped_waiting_ = false;    // since then none of them waits
  std::int64_t next_tick_ns_ = 0;
  bool shares_cores_ = false;   // a stage says how many cores its tasks use
  bool asked_to_stop_ = false;  // by somebody, not by a failure
  RunFailures failures_;
  bool ends_running_ = false;    // a failure stops also what runs
  std::int64_t kill_at_ns_ = 0;  // of the timers; 0: not asked to stop
  // Stages with `finally` run when all others have ended, and are not stopped with them: a stop gives them a grace of
  // their own. A kill that was asked for before they began was meant for the others.
  bool last_begun_ = false, last_halted_ = false;
  int asked_before_last_ = 0;         // StopLevel
  std::int64_t kill_last_at_ns_ = 0;  // of the timers; 0: they are not bounded
  std::int64_t suspended_ns_ = 0;     // the machine's, as far as it has been told
  std::int64_t deadline_at_ns_ = 0;   // of the timers; 0: none
  std::string late_;                  // that the deadline has passed; empty: it has not
  bool hosts_lost_ = false;           // nothing can run any more
  std::string broken_;                // why the run itself cannot go on
};

}  // namespace ropewalk
