#pragma once
// Carries out a stage on the board: deals its tasks to the workers of the hosts that a placement asks for, reads what
// they publish, and settles the tasks of hosts that die. All five executors are this with another placement. On the
// engine's thread.
//
// It acts; what can be decided from plain data is decided elsewhere, without a process:
//
//   which worker gets the next task        dispatcher     from the loads of its slots, and Pace
//   where an attempt lies                  attempt_state  in the Backlog, in a lane, or ended
//   what a host slot may do                slot_life      the states of a slot
//   what becomes of a dead host's tasks    verdict        a table; blame says whose fault it was
//   when a task is over its time           attempt_watch
//   how many hosts, and when               host_quota     with start_back_off; room_limit for workers

#include "executors/attempt_reports.hpp"
#include "executors/attempt_watch.hpp"
#include "executors/backlog.hpp"
#include "executors/dispatcher.hpp"
#include "executors/drift_book.hpp"
#include "executors/executor.hpp"
#include "executors/host_quota.hpp"
#include "executors/host_slot.hpp"
#include "executors/loss_counts.hpp"
#include "executors/pace.hpp"
#include "executors/result_fields.hpp"
#include "executors/room_limit.hpp"
#include "hosts/pool.hpp"
#include "plan/executor_table.hpp"
#include "protocol/fields.hpp"

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
  void finish(ExecutorListener& listener) override;
  std::size_t in_flight() const override { return in_flight_; }
  void running(std::vector<TaskRunning>& all) const override;
  std::uint32_t hosts() const override { return most_hosts_; }

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
  bool may_grow() const;
  bool may_start() const { return quota_.may_start(pool_.now_ns()); }
  std::uint32_t workers_not_there() const;
  HostSlot* add_slot(SlotKind kind);
  std::uint64_t may_take(const HostSlot& slot) const;
  bool deal_to(HostSlot& slot, Lane& lane, const Deal& deal);
  bool deal_as_blob(HostSlot& slot, Lane& lane, const Deal& deal);
  WaitingAttempt waiting(const board::Item& item, std::string_view params, bool begun = false);

  // board_room.cpp: shortage of room for tasks, of workers and of hosts
  std::size_t busy_workers() const;
  std::size_t workers_to_spare();
  void account();
  bool others_work() const { return share_.busy_workers > accounted_; }
  void report_shortage(std::string text);
  static bool found_no_room(const board::RecordHead& head);
  bool wait_for_room(HostSlot& slot, Lane& lane, const board::RecordHead& head, std::string_view why);
  void make_room(HostSlot& slot, const Lane& refused, std::size_t others);
  void release_refused();
  void leave_out_workers(HostSlot& slot);
  void relieve(HostSlot& slot, ExecutorListener& listener);
  bool is_to_be_replaced(HostSlot& slot);
  bool leaks(const HostSlot& slot) const;
  enum class Counting { started, on_their_way };
  bool go_on_with_fewer(Counting counting, std::string_view why);
  bool wait_for_others(std::string_view why);
  void break_down(Error error);

  // board_records.cpp: what workers published
  void drain_slot(HostSlot& slot, ExecutorListener& listener);
  void judge_drift(HostSlot& slot, ExecutorListener& listener);
  void report_started(Lane& lane, ExecutorListener& listener);
  void take_message(HostSlot& slot, Lane& lane, const board::RecordHead& head, std::string_view payload,
                    ExecutorListener& listener);
  void take_progress(Lane& lane, const board::RecordHead& head, std::string_view payload);
  void report_progress(Lane& lane, ExecutorListener& listener);
  void take_output(Lane& lane, const board::RecordHead& head, std::string_view payload, ExecutorListener& listener);
  void take_printed(HostSlot& slot, std::string_view text, ExecutorListener& listener);
  void take_last_printed(HostSlot& slot, ExecutorListener& listener);
  void take_counts(HostSlot& slot);

  // board_results.cpp: how an attempt ended
  void end_attempt(HostSlot& slot, Lane& lane, std::uint32_t worker, const board::RecordHead& head,
                   std::string_view payload, std::int64_t longest_ns);
  void end_otherwise(HostSlot& slot, const Lane& lane, const board::RecordHead& head, AttemptResult& ended);
  void note_failure(HostSlot& slot, const Lane& lane, const board::RecordHead& head, AttemptResult& ended);
  void end_without_result(std::uint64_t task, std::uint32_t attempt, Outcome outcome, std::int32_t detail,
                          std::string_view message, const HostSlot* slot, std::uint32_t worker, std::int64_t began_ns,
                          std::string_view evidence = {});
  void attach_output(AttemptResult& ended, Lane& lane);
  std::int64_t longest_since(std::int64_t ns) const;
  void share_cpu(Lane& lane, const board::RecordHead& head, std::size_t first_unread, std::int64_t longest_ns);
  void hold_back();

  // board_deaths.cpp: what a host died of, and what follows
  void host_died(HostSlot& slot, ExecutorListener& listener);
  bool plugin_has_changed(const HostProcess& host) const;
  DeathCause cause_of_death(const HostSlot& slot, bool changed);
  void settle(HostSlot& slot);
  ItemFacts facts_of(const HostSlot& slot, const Lane& lane, const board::Item& item, Blame blame) const;
  void end_by_death(const HostSlot& slot, Lane& lane, std::uint32_t worker, const board::Item& item,
                    const ItemFacts& facts, const Verdict& verdict);
  std::string end_message(const Verdict& verdict, const HostSlot& slot, const Lane& lane) const;
  void note_progress(HostSlot& slot);
  bool any_host_works() const;
  StartBackOff::Cause start_cause(const HostSlot& slot) const;
  std::string how_it_died(const HostSlot& slot) const;
  void give_up(const HostSlot& last);

  // board_watch.cpp: what the clock says
  void watch(ExecutorListener& listener);
  void watch_attempts(HostSlot& slot, std::int64_t now_ns, ExecutorListener& listener);
  void watch_beginning(HostSlot& slot, Lane& lane, std::int64_t now_ns);
  void watch_for_loss(HostSlot& slot, Lane& lane, std::int64_t now_ns);
  void watch_host(HostSlot& slot);
  void watch_line(HostSlot& slot, std::int64_t now_ns);
  void watch_standstill(HostSlot& slot);
  std::int64_t began_ns(const HostSlot& slot, const Lane& lane, std::int64_t now_ns) const;
  std::int64_t next_watch_ns() const;
  std::int64_t patience_ns() const;
  std::string unkillable_message() const;
  std::string overrun_message(const Lane& lane) const;

  // board_slots.cpp: how a slot ends
  void take_all_back(HostSlot& slot);
  void take_back(Lane& lane);
  void retire(HostSlot& slot);
  void end_if_idle(HostSlot& slot);
  void kill(HostSlot& slot, DeathCause why);
  void kill_now(HostSlot& slot);

  void publish();

  // what a host gets to load its plugin, which has loaded before
  static constexpr std::int64_t kLoadingNs = 10'000'000'000;
  // between two looks whether hosts are stopped, and so many in a row until such a host is killed
  static constexpr std::int64_t kStoppedLookNs = 1'000'000'000;
  static constexpr std::uint32_t kStoppedLooks = 10;
  // what a worker gets to begin the item that lies before it
  static constexpr std::int64_t kBeginningNs = 5'000'000'000;

  // given, for good
  HostPool& pool_;
  const PlannedStage& stage_;
  const Placement placement_;
  const StageSetting setting_;
  const Recycling recycling_;
  const HostKey key_;
  const AttemptWatch::Rules rules_;
  const bool watches_hosts_;
  RunShare& share_;

  // what it has
  std::vector<std::unique_ptr<HostSlot>> slots_;
  Backlog backlog_;
  AttemptReports reports_;
  ResultFields result_fields_;
  struct LargeParams {
    std::string params;
    board::Blobs blobs;
  };
  std::map<std::uint64_t, LargeParams> large_params_;  // of tasks that are dealt as blobs
  std::vector<SlotLoad> loads_;                        // scratch, of slots_
  std::size_t in_flight_ = 0;

  // what it has learned
  Pace pace_;
  RoomLimit room_limit_;
  std::map<std::uint64_t, unsigned> kills_;  // of tasks: how often SIGKILL of an unknown sender hit them
  HostQuota quota_;
  DriftBook drift_book_;
  LossCounts losses_;
  std::uint32_t most_hosts_ = 0;
  std::size_t accounted_ = 0;   // of share_.busy_workers
  bool hosts_to_come_ = false;  // the stage wants more, when those that are being started have started

  // when it looks again
  bool look_now_ = false;
  std::int64_t begin_look_ns_ = 0;    // after so long whether dealt tasks have begun
  std::int64_t host_look_ns_ = 0;     // when memory was last looked at
  std::int64_t stopped_look_ns_ = 0;  // and whether hosts are stopped

  // what was asked of it, and reported
  bool halted_ = false, asked_ = false, killed_ = false;
  bool reported_threads_ = false, reported_leak_ = false, reported_recycled_ = false;
  std::optional<Error> broken_;
  std::string pending_warning_;
};

}  // namespace ropewalk
