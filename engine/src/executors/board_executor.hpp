#pragma once
// Carries out a stage on the board: deals its tasks to the workers of the hosts that a placement asks for, reads what
// they publish, and settles the tasks of hosts that die. All five executors are this with another placement. On the
// engine's thread.
//
// Its parts act on the processes, and know nothing of each other's decisions:
//
//   HostSlots       leases hosts, asks them to end, kills them, returns them
//   TaskDealer      puts attempts into lanes, and takes back what has not begun
//   HostWatch       looks at the clock: attempts, and hosts that hang, grow or do not die
//   AttemptEnds     makes results of what workers published, and gathers them
//   MessageReader   reads logs, progress, output and evidence
//   StageTime       what workers have spent, for the ledger
//
// Decisions that need only plain data are made without a process, and tested so:
//
//   which worker gets the next task        dispatcher     from the loads of its slots, and Pace
//   where an attempt lies                  attempt_state  in the Backlog, in a lane, or ended
//   what a host slot may do                slot_life      the states of a slot
//   what becomes of a dead host's tasks    verdict        a table; blame says whose fault it was
//   when a task is over its time           attempt_watch
//   how many hosts, and when               host_quota     with start_back_off; room_limit for workers

#include "executors/attempt_ends.hpp"
#include "executors/backlog.hpp"
#include "executors/blame.hpp"
#include "executors/dispatcher.hpp"
#include "executors/drift_book.hpp"
#include "executors/executor.hpp"
#include "executors/host_slots.hpp"
#include "executors/host_watch.hpp"
#include "executors/message_reader.hpp"
#include "executors/pace.hpp"
#include "executors/room_limit.hpp"
#include "executors/stage_time.hpp"
#include "executors/task_dealer.hpp"
#include "hosts/pool.hpp"
#include "plan/executor_table.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace ropewalk {

/// What the stages of one run have in common.
struct RunShare {
  std::size_t busy_workers = 0;  ///< of all its stages
  bool reported_short = false;   ///< that the machine is short of something: once a run
};

/// What holds for the hosts of a run.
struct HostRules {
  Recycling recycling = {};
  std::int64_t open_limit_ns = 0;  ///< for open() where a stage has no timeout; 0: none
  bool closes = false;             ///< those that have something to close end with the run
};

class BoardExecutor final : public Executor {
 public:
  /// Borrows the pool, the plan's stage and the share. Starts no host before the first task is dealt.
  BoardExecutor(HostPool& pool, const PlannedStage& stage, const Placement& placement, StageSetting setting,
                RunShare& share, const HostRules& rules);
  ~BoardExecutor() override;

  std::size_t room() override;
  void deal(std::span<const Deal> tasks) override;
  void drain(ExecutorListener& listener, bool more) override;
  std::int64_t look_again_ns() override;
  void halt(Halt halt, ExecutorListener& listener) override;
  void cancel(std::span<const std::uint64_t> tasks, ExecutorListener& listener) override;
  void finish(ExecutorListener& listener) override;
  std::size_t in_flight() const override { return ends_.in_flight(); }
  void running(std::vector<TaskRunning>& all) const override { watch_.running(all); }
  std::uint32_t hosts() const override { return slots_.most_at_once(); }
  void idle_for(Idle reason, std::int64_t now_ns) override;
  std::optional<ExecutorTimes> times(std::int64_t now_ns) override;

 private:
  // board_dispatch.cpp: which worker gets which task
  std::span<SlotLoad> loads();
  std::span<SlotLoad> loads_for_retry(std::uint64_t task);
  void dispatch();
  void deal_waiting();
  void find_places_for_retries();
  void run_suspects();
  void rebalance();
  void add_hosts();
  HostSlot* add_slot(SlotKind kind);
  bool deal_to(HostSlot& slot, Lane& lane, const Deal& deal);

  // board_room.cpp: shortage of room for tasks, of workers and of hosts
  std::size_t workers_to_spare();
  void account();
  bool others_work() const { return share_.busy_workers > accounted_; }
  void report_shortage(std::string text);
  bool wait_for_room(HostSlot& slot, Lane& lane, const board::RecordHead& head, std::string_view why);
  void make_room(HostSlot& slot, const Lane& refused, std::size_t others);
  void release_refused();
  void leave_out_workers(HostSlot& slot);
  void relieve(HostSlot& slot, ExecutorListener& listener);
  bool is_to_be_replaced(HostSlot& slot);
  bool go_on_with_fewer(HostSlots::Counting counting, std::string_view why);
  bool wait_for_others(std::string_view why);
  void break_down(Error error);

  void read(ExecutorListener& listener);

  // board_records.cpp: what workers published
  void drain_slot(HostSlot& slot, ExecutorListener& listener);
  void drain_lane(HostSlot& slot, std::uint32_t worker, std::int64_t& alive_ns, ExecutorListener& listener);
  void judge_drift(HostSlot& slot, ExecutorListener& listener);
  void report_started(Lane& lane, ExecutorListener& listener);
  void take_measured(HostSlot& slot, Lane& lane, const board::RecordHead& head);

  // board_deaths.cpp: what a host died of, and what follows
  void host_died(HostSlot& slot, ExecutorListener& listener);
  DeathCause cause_of_death(const HostSlot& slot, bool changed);
  void settle(HostSlot& slot);
  ItemFacts facts_of(const HostSlot& slot, const Lane& lane, const board::Item& item, Blame blame) const;
  void end_by_death(const HostSlot& slot, Lane& lane, std::uint32_t worker, const board::Item& item,
                    const ItemFacts& facts, const Verdict& verdict);
  void give_up(const HostSlot& last);

  void publish();

  // given, for good
  HostPool& pool_;
  const PlannedStage& stage_;
  const Placement placement_;
  const StageSetting setting_;
  RunShare& share_;

  // its parts; each borrows those above it
  Backlog backlog_;
  RoomLimit room_limit_;
  StageTime time_;
  HostSlots slots_;
  TaskDealer dealer_;
  HostWatch watch_;
  AttemptEnds ends_;
  MessageReader messages_;
  std::vector<SlotLoad> loads_;  // scratch, of slots_

  // what it has learned
  Pace pace_;
  std::map<std::uint64_t, unsigned> kills_;  // of tasks: how often SIGKILL of an unknown sender hit them
  DriftBook drift_book_;
  std::size_t accounted_ = 0;   // of share_.busy_workers
  bool hosts_to_come_ = false;  // the stage wants more, when those that are being started have started

  // when it looks again
  bool look_now_ = false;
  std::int64_t begin_look_ns_ = 0;  // after so long whether dealt tasks have begun

  // what was asked of it, and reported
  bool halted_ = false, asked_ = false, killed_ = false;
  bool reported_threads_ = false, reported_leak_ = false, reported_recycled_ = false;
  std::optional<Error> broken_;
  std::string pending_warning_;
};

}  // namespace ropewalk
