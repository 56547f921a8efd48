#pragma once
// Carries out a stage on the board: deals its tasks to the workers of the hosts that a placement asks for, reads
// what they publish, and when a host dies finds out whose fault it was. All five executors are this with another
// placement. On the engine's thread.

#include "base/arena.hpp"
#include "protocol/fields.hpp"
#include "executors/attempt_watch.hpp"
#include "executors/drift_book.hpp"
#include "executors/executor.hpp"
#include "executors/host_slot.hpp"
#include "executors/placement.hpp"
#include "executors/room_limit.hpp"
#include "executors/start_back_off.hpp"
#include "hosts/pool.hpp"

#include <algorithm>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace ropewalk {

/// What the stages of one run have in common.
struct RunShare {
  std::size_t busy_workers = 0;  ///< of all its stages
  bool reported_short = false;       ///< that the machine is short of something: once a run
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
  BoardExecutor(HostPool& pool, const PlannedStage& stage, const Placement& placement, StageSetting setting, RunShare& share, const HostRules& rules);
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
  static constexpr std::int64_t kLoadingNs = 10'000'000'000;   // what a host gets to load its plugin, which has loaded before
  static constexpr std::int64_t kStoppedLookNs = 1'000'000'000;  // between two looks whether hosts are stopped
  static constexpr std::uint32_t kStoppedLooks = 10;             // in a row, until such a host is killed
  static constexpr std::int64_t kBeginningNs = 5'000'000'000;  // what a worker gets to begin what lies before it
  /// A task that is the engine's again, with its own copy of its parameters.
  struct Waiting {
    std::uint64_t task;
    std::uint32_t attempt;
    std::string params;
    board::Blobs blobs;
    bool begun = false;  // it ran in a host that died
    Deal deal() const { return {.task = task, .attempt = attempt, .params = params, .blobs = blobs}; }
  };

  HostSlot* add_slot(SlotKind kind);
  std::uint32_t workers_not_there() const;
  void add_hosts();
  bool deal_to(HostSlot& slot, Lane& lane, const Deal& deal);
  bool deal_as_blob(HostSlot& slot, Lane& lane, const Deal& deal);
  void dispatch();
  std::size_t busy_workers() const;
  std::size_t workers_to_spare();
  void account();
  bool others_work() const { return share_.busy_workers > accounted_; }
  bool has_failed_on(std::uint64_t task, const HostSlot& slot) const;
  std::deque<Waiting>::iterator next_for(const HostSlot& slot);
  void find_places_for_retries();
  bool wait_for_room(HostSlot& slot, Lane& lane, const board::RecordHead& head, std::string_view why);
  void make_room(HostSlot& slot, const Lane& refused, std::size_t others);
  void release_refused();
  void judge_drift(HostSlot& slot, ExecutorListener& listener);
  void relieve(HostSlot& slot, ExecutorListener& listener);
  bool is_to_be_replaced(HostSlot& slot);
  bool leaks(const HostSlot& slot) const;
  void leave_out_workers(HostSlot& slot);
  void report_shortage(std::string text);
  void deal_again();
  void run_suspects();
  void rebalance();
  void publish();
  bool may_grow() const;
  std::uint64_t may_take(const HostSlot& slot) const;
  std::uint32_t lowest_level() const;
  std::uint32_t depth_of(const HostSlot& slot) const;
  Waiting waiting(const board::Item& item, std::string_view params, bool begun = false);

  void watch(ExecutorListener& listener);
  std::int64_t began_ns(const HostSlot& slot, const Lane& lane, std::int64_t now_ns) const;
  void watch_attempts(HostSlot& slot, std::int64_t now_ns, ExecutorListener& listener);
  void watch_beginning(HostSlot& slot, Lane& lane, std::int64_t now_ns);
  void watch_for_loss(HostSlot& slot, Lane& lane, std::int64_t now_ns);
  void watch_host(HostSlot& slot);
  void watch_line(HostSlot& slot, std::int64_t now_ns);
  void watch_standstill(HostSlot& slot);
  std::int64_t next_watch_ns() const;
  void take_all_back(HostSlot& slot);
  void retire(HostSlot& slot);
  void end_if_idle(HostSlot& slot);
  void kill(HostSlot& slot, DeathCause why);
  void kill_now(HostSlot& slot);
  std::int64_t patience_ns() const;
  std::string unkillable_message() const;
  std::string overrun_message(const Lane& lane) const;

  void drain_slot(HostSlot& slot, ExecutorListener& listener);
  void take_output(Lane& lane, const board::RecordHead& head, std::string_view payload, ExecutorListener& listener);
  void take_printed(HostSlot& slot, std::string_view text, ExecutorListener& listener);
  void take_last_printed(HostSlot& slot, ExecutorListener& listener);
  void take_counts(HostSlot& slot);
  void attach_output(AttemptResult& ended, Lane& lane);
  void take_message(HostSlot& slot, Lane& lane, const board::RecordHead& head, std::string_view payload, ExecutorListener& listener);
  std::int64_t longest_since(std::int64_t ns) const;
  void end_attempt(HostSlot& slot, Lane& lane, std::uint32_t worker, const board::RecordHead& head, std::string_view payload, std::int64_t longest_ns);
  void end_otherwise(HostSlot& slot, const Lane& lane, const board::RecordHead& head, AttemptResult& ended);
  void note_failure(HostSlot& slot, const Lane& lane, const board::RecordHead& head, AttemptResult& ended);
  bool keep_large(const HostProcess::LargeResult& large, AttemptResult& ended);
  void share_cpu(Lane& lane, const board::RecordHead& head, std::size_t first_unread, std::int64_t longest_ns);
  void hold_back();
  void flush(ExecutorListener& listener);
  void report_started(Lane& lane, ExecutorListener& listener);
  void end_without_result(std::uint64_t task, std::uint32_t attempt, Outcome outcome, std::int32_t detail, std::string_view message,
                          const HostSlot* slot, std::uint32_t worker, std::int64_t began_ns, std::string_view evidence = {});
  bool plugin_has_changed(const HostProcess& host) const;
  void note_progress(HostSlot& slot);
  StartBackOff::Cause start_cause(const HostSlot& slot) const;
  DeathCause cause_of_death(const HostSlot& slot, bool changed);
  std::string how_it_died(const HostSlot& slot) const;
  bool may_start() const { return std::max(back_off_.start_at_ns(), wait_until_ns_) <= pool_.now_ns(); }
  void host_died(HostSlot& slot, ExecutorListener& listener);
  bool any_host_works() const;
  void give_up(const HostSlot& last);
  void settle(HostSlot& slot);
  ItemFacts facts_of(const HostSlot& slot, const Lane& lane, const board::Item& item, Blame blame) const;
  void end_by_death(const HostSlot& slot, Lane& lane, std::uint32_t worker, const board::Item& item, const ItemFacts& facts, const Verdict& verdict);
  std::string end_message(const Verdict& verdict, const HostSlot& slot, const Lane& lane) const;
  void break_down(Error error);
  enum class Counting { started, on_their_way };
  bool go_on_with_fewer(Counting counting, std::string_view why);
  bool wait_for_others(std::string_view why);

  HostPool& pool_;
  const PlannedStage& stage_;
  const Placement placement_;
  const StageSetting setting_;
  const Recycling recycling_;
  const HostKey key_;
  const AttemptWatch::Rules rules_;
  const bool watches_hosts_;
  std::vector<Type> result_types_;
  board::FieldsCheck result_check_;
  std::vector<board::FieldView> result_views_;  // scratch
  std::uint32_t hosts_limit_;                    // hosts; less than the placement's when the machine has no more
  std::int64_t more_hosts_at_ns_ = 0, more_hosts_pause_ns_ = 0;  // when the limit grows again
  std::uint32_t host_workers_limit_ = RoomLimit::kNoLimit;
  bool hosts_to_come_ = false;  // the stage wants more, when those that are being started have started
  bool reported_threads_ = false, reported_leak_ = false;

  std::vector<std::unique_ptr<HostSlot>> slots_;
  std::deque<Waiting> requeued_, suspects_, incoming_;
  struct Refused {
    Waiting waiting;
    bool suspect;
  };
  std::deque<Refused> refused_;  // found no room, and wait for it
  RoomLimit room_limit_;
  std::map<std::uint64_t, std::vector<std::int32_t>> failed_on_;  // of retries: hosts where the task has failed
  RunShare& share_;
  std::size_t accounted_ = 0;    // of share_.busy_workers
  struct LargeParams {
    std::string params;
    board::Blobs blobs;
  };
  std::map<std::uint64_t, LargeParams> large_params_;  // of tasks that are dealt as blobs
  std::size_t in_flight_ = 0;
  std::uint32_t most_hosts_ = 0;
  StartBackOff back_off_;
  std::int64_t wait_until_ns_ = 0;  // no host before, as other stages have what it needs
  std::int64_t begin_look_ns_ = 0;
  bool look_now_ = false;
  std::int64_t host_look_ns_ = 0;  // when memory was last looked at
  std::int64_t stopped_look_ns_ = 0;  // and whether hosts are stopped
  DriftBook drift_book_;
  bool reported_recycled_ = false;
  // What could not be kept of what its tasks said, and processes that they left. Told when it ends.
  std::uint64_t dropped_logs_ = 0, printed_bytes_ = 0, unkept_bytes_ = 0, unkept_tasks_ = 0, left_behind_ = 0, cut_log_bytes_ = 0, late_calls_ = 0, open_failures_ = 0;
  std::string late_function_;  // one of those that were called too late
  bool halted_ = false, asked_ = false, killed_ = false;
  std::optional<Error> broken_;
  std::string pending_warning_;

  double mean_ns_ = 0;       // of a task; 0: not known yet
  std::uint32_t depth_ = 2;  // items dealt ahead to a worker
  std::vector<AttemptResult> ended_;
  std::deque<std::shared_ptr<const board::Blob>> blobs_;  // of some of ended_
  std::deque<KeptOutput> outputs_;                        // of some of ended_
  Arena arena_;                                           // what ended_ says
  std::vector<TaskStarted> started_;
};

/// Opens BoardExecutors by the names of builtin.cpp.
class BoardExecutors final : public ExecutorFactory {
 public:
  /// Of one run, which its executors do not outlive.
  explicit BoardExecutors(HostPool& pool, HostRules rules = {}) : pool_(pool), rules_(rules) {}
  Result<std::unique_ptr<Executor>> open(const PlannedStage& stage, StageSetting setting) override;
  std::vector<std::string> finish() override;

 private:
  HostPool& pool_;
  const HostRules rules_;
  RunShare share_;
};

}  // namespace ropewalk
