#pragma once
// A worker: the thread that runs the items of one lane, one at a time. With thread_per_task each item gets a thread
// of its own: a thread takes one item, runs it, starts its successor and ends.

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

/// What all workers of a host share. Outlives them.
struct Shared {
  Stages& stages;
  std::atomic<bool>& ending;
  int socket;            ///< to the engine, for large results
  bool only_worker;      ///< output and the whole process's CPU time belong to the running task
  bool watches_process;  ///< and what tasks change in it matters to others: more than one will run
  bool thread_per_task;
  std::uint64_t reading_cycles;      ///< between two readings of the CPU clock
  std::uint64_t waiting_cycles;      ///< between two looks of a worker at how long it had no core
  std::uint64_t output_bytes;        ///< what the commands of one attempt may write
  std::uint64_t print_bytes;         ///< what it may print itself before it fails; 0: what is beyond is lost
  std::array<int, 5> descriptors{};  ///< of the host itself: its socket and bell, and 0 to 2
  Wear* wear = nullptr;              ///< null where one task runs
  std::atomic<std::uint64_t> blobs = 0;
  std::atomic<std::uint32_t> times_worn = 0;  ///< how often the engine was told that little is left
};

class Worker {
 public:
  /// `number`: in its process, from 0.
  Worker(board::WorkerLane& lane, Shared& shared, std::uint32_t number)
      : lane_(lane), shared_(shared), call_(lane, number, shared.output_bytes) {}
  Call& call() { return call_; }
  /// False if the machine gives no thread.
  bool start();
  /// Runs one item on this thread, closes what it opened and ends the process: for a host that was forked for it.
  void run_alone();
  /// After `ending` is set: waits until the item that it has begun is finished, and what it opened is closed. False:
  /// that takes too long. `until_ns`: what closing gets, common to all workers; moves while an item runs.
  bool wait_until_over(std::int64_t& until_ns);

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
  void send_waiting();
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
  /// What open() gave; null for types without it.
  struct State {
    const ropewalk_task_type* code = nullptr;
    void* opened = nullptr;
  };
  State state_;                             // the one used last
  std::vector<State> states_;               // the others: a forked host has none, and allocates nothing
  std::atomic<bool> has_to_close_ = false;  // some of them
  pthread_t thread_{};
  pthread_t predecessor_{};
  bool has_predecessor_ = false;
  bool in_task_ = false;
  std::atomic<std::uint32_t> over_ = 0;  // 1: it has left its last item and closed what it opened
  std::uint64_t task_start_ = 0;
  std::uint64_t last_reading_ = 0;  // cycles
  bool has_slept_ = false;
  std::uint32_t unread_tasks_ = 0;  // ended since the last reading
  std::int64_t last_cpu_ns_ = 0;    // 0: the clock may be closed to this thread
  std::int64_t unread_charge_ns_ = 0;
  std::uint64_t last_waiting_look_ = 0;  // cycles
  std::int64_t last_waiting_ns_ = -1;
  std::optional<Fingerprint> at_first_;               // of the process; only where this is its only worker
  bool growing_ = false;                              // the first task of a type may grow what it needs for good
  std::uint32_t drifted_ = 0;                         // kinds of change that the engine knows
  bool looked_ = true;                                // nothing ran since
  std::uint64_t looked_at_ = 0, look_cost_ = 0;       // cycles
  std::uint64_t wear_looked_at_ = 0, wear_cost_ = 0;  // cycles
  std::uint32_t times_worn_ = 0;                      // as often it has stood back
  std::string payload_;
};

}  // namespace ropewalk::host
