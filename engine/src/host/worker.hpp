#pragma once
// A worker: the thread that runs the items of one lane, one at a time. With thread_per_task, each thread runs one item,
// starts its successor and ends.

#include "base/cycles.hpp"
#include "protocol/worker_lane.hpp"
#include "host/call.hpp"
#include "host/host_table.hpp"
#include "host/fingerprint.hpp"
#include "host/limits.hpp"
#include "host/stages.hpp"
#include "host/wear.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <pthread.h>
#include <span>
#include <string_view>
#include <vector>

namespace ropewalk::host {

/// Shared by all workers of a host. Outlives them.
struct Shared {
  Stages& stages;
  std::atomic<bool>& ending;
  int socket;            ///< to the engine, for large results
  bool only_worker;      ///< output and the whole process's CPU time belong to the running task
  bool watches_process;  ///< changes by a task affect others: more than one will run
  bool thread_per_task;
  std::uint64_t reading_cycles;      ///< between two readings of the CPU clock
  std::uint64_t waiting_cycles;      ///< between two measurements of the time without a core
  std::uint64_t output_bytes;        ///< limit of the output of one attempt's commands
  std::uint64_t print_bytes;         ///< limit of what it prints itself before it fails; 0: more is lost
  std::array<int, 5> descriptors{};  ///< of the host itself: its socket and bell, and 0 to 2
  Wear* wear = nullptr;              ///< null if one task runs
  std::atomic<std::uint64_t> blobs = 0;
  std::atomic<std::uint32_t> times_worn = 0;  ///< how often wear was reported to the engine
};

class Worker {
 public:
  /// `number`: the worker's number in its process, from 0.
  Worker(board::WorkerLane& lane, Shared& shared, std::uint32_t number)
      : lane_(lane), shared_(shared), call_(lane, number, shared.output_bytes) {}
  Call& call() { return call_; }
  /// Returns false if no thread can be started.
  bool start();
  /// Runs items on this thread until `ending` is set.
  void run_here() { run_items(); }
  /// For a host that was forked for one task: runs one item on this thread, closes what it opened, and ends the
  /// process.
  void run_alone();
  /// After `ending` is set: waits until the running item has ended and its types are closed. Returns false if closing
  /// takes too long. `until_ns`: the deadline of closing, common to all workers; moves while an item runs.
  /// `to_its_end`: waits also for a worker that has nothing to end.
  bool wait_until_over(std::int64_t& until_ns, bool to_its_end);

 private:
  static void* enter(void* self);
  void run_items();
  bool hand_on();
  void end_unfinished();
  bool run_one();
  void run_task(const board::Slot& slot);
  [[gnu::cold]] void run_with_blobs(const board::Slot& slot);
  void attempt(const board::Slot& slot, std::string_view params, std::span<const std::string_view> blobs);
  std::int32_t call_plugin();
  bool opens(const ropewalk_task_type* code, void** opened);
  [[gnu::cold]] bool open_state(const ropewalk_task_type* code);
  bool reading_due(std::uint64_t start, std::uint64_t end);
  void finish(std::uint64_t start, std::uint64_t end, std::int32_t status);
  [[gnu::cold]] void refuse_misuse();
  [[gnu::cold]] void report_failure(board::RecordHead& head, Refusal refused);
  [[gnu::cold]] void send_blob(board::RecordHead& head);
  std::uint64_t read_clocks(std::uint64_t now, bool& printed_too_much);
  bool send_output();
  [[gnu::cold]] bool send_printed();
  void send_waiting(std::int64_t waiting);
  bool is_last_look(std::uint64_t now) const;
  /// CPU time by where it was spent.
  struct Used {
    std::int64_t user_ns = 0, system_ns = 0;
  };
  Used used_so_far() const;
  Used used_by_commands();
  /// Of the CPU time that belongs to the running task.
  std::int64_t cpu_clock_ns() const {
    return clock_ns(shared_.only_worker ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_THREAD_CPUTIME_ID);
  }
  /// Time that this thread was runnable without having a core; -1 if the kernel does not report it.
  static std::int64_t runnable_wait_ns();
  [[gnu::cold]] void report_late_calls();
  void idle();
  void end_if_deprived() const;
  void know_process();
  void look_for_drift();
  void look_for_wear();
  [[gnu::cold]] void report_wear(const Wear::Finding& found);
  [[gnu::cold]] void look_after_failure(bool for_memory);
  [[gnu::cold]] void stand_back();
  void close_states();

  board::WorkerLane& lane_;
  Shared& shared_;
  const ropewalk_host& table_ = host_table();
  const std::function<void()> when_idle_ = [this] {
    idle();
    end_if_deprived();
  };
  Call call_;
  /// The result of open(); null for types without it.
  struct State {
    const ropewalk_task_type* code = nullptr;
    void* opened = nullptr;
  };
  State state_;                             // the one used last
  std::vector<State> states_;               // the others; a forked host has none
  std::atomic<bool> has_to_close_ = false;  // some of them
  pthread_t thread_{};
  pthread_t predecessor_{};
  bool has_predecessor_ = false;
  bool has_run_ = false;  // a thread of it has begun
  bool in_task_ = false;
  std::atomic<std::uint32_t> over_ = 0;  // 1: its last item has ended and its types are closed
  std::uint64_t task_start_ = 0;
  std::uint64_t last_reading_ = 0;  // cycles
  bool has_slept_ = false;
  std::uint32_t unread_tasks_ = 0;  // ended since the last reading
  std::int64_t last_cpu_ns_ = 0;    // 0: the clock may be closed to this thread
  std::int64_t unread_charge_ns_ = 0;
  std::uint64_t last_waiting_look_ = 0;  // cycles
  std::int64_t last_waiting_ns_ = -1;
  std::int64_t unsent_charge_ns_ = 0;                 // of commands, since send_waiting()
  Used last_used_ = {};                               // as of send_waiting()
  std::optional<Fingerprint> at_first_;               // of the process; only where this is its only worker
  bool growing_ = false;                              // the first task of a type may grow what it needs for good
  std::uint32_t drifted_ = 0;                         // kinds of change that the engine knows
  bool looked_ = true;                                // nothing ran since
  std::uint64_t looked_at_ = 0, look_cost_ = 0;       // cycles
  std::uint64_t wear_looked_at_ = 0, wear_cost_ = 0;  // cycles
  std::uint32_t times_worn_ = 0;                      // reports of wear that it has reacted to
  std::string payload_;
};

}  // namespace ropewalk::host
