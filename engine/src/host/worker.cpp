#include "host/worker.hpp"

#include "base/cycles.hpp"
#include "base/failpoint.hpp"
#include "base/text.hpp"
#include "protocol/futex.hpp"
#include "protocol/board_memory.hpp"
#include "protocol/host_messages.hpp"
#include "host/debugger_wait.hpp"
#include "host/faults.hpp"
#include "host/language.hpp"
#include "host/leaving.hpp"
#include "host/limits.hpp"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <utility>

namespace ropewalk::host {
namespace {

using board::RecordHead;
using board::RecordType;

constexpr std::int64_t kLongestPatienceNs = 100'000'000;
constexpr std::size_t kStackBytes = 1 << 20;

constexpr std::uint32_t kTasksAReading = 512;
constexpr std::uint64_t kLongestUnread = 50;  // readings that may be left out: about 1 ms

}  // namespace

bool Worker::start() {
  pthread_attr_t attributes;
  ::pthread_attr_init(&attributes);
  const std::size_t stack_bytes = language != nullptr ? language->stack_bytes : kStackBytes;
  ::pthread_attr_setstacksize(&attributes, std::max<std::size_t>(stack_bytes, PTHREAD_STACK_MIN));
  const bool made = ::pthread_create(&thread_, &attributes, &Worker::enter, this) == 0;
  ::pthread_attr_destroy(&attributes);
  return made;
}

bool Worker::wait_until_over(std::int64_t& until_ns, bool to_its_end) {
  // A nudge may arrive just before the worker sleeps, so it is repeated. The pauses grow, because a task may take long
  // and hundreds of hosts may wait at the same time.
  std::int64_t patience_ns = 1'000'000;
  while ((to_its_end || lane_.busy() || has_to_close_.load(std::memory_order_acquire)) &&
         over_.load(std::memory_order_acquire) == 0) {
    if (lane_.busy())
      until_ns = monotonic_ns() + kCloseNs;
    else if (monotonic_ns() >= until_ns)
      return false;
    lane_.nudge();
    board::futex_wait(&over_, 0, patience_ns);
    patience_ns = std::min(patience_ns * 2, kLongestPatienceNs);
  }
  return true;
}

void* Worker::enter(void* self) {
  static_cast<Worker*>(self)->run_items();
  return nullptr;
}

void Worker::run_items() {
  /// Runs however the thread ends, also by pthread_exit() of a task, which unwinds this frame.
  struct Succession {
    Worker& worker;
    bool handed_on = false;
    ~Succession() {
      worker.end_unfinished();
      // This thread cannot continue, so it retries until a thread can be started.
      timespec pause{.tv_sec = 0, .tv_nsec = 1'000'000};
      for (; !worker.over_ && !handed_on && !worker.hand_on();
           pause.tv_nsec = std::min(pause.tv_nsec * 2, kLongestPatienceNs))
        ::nanosleep(&pause, nullptr);
    }
  } succession{*this};
  if (has_predecessor_) ::pthread_join(predecessor_, nullptr), has_predecessor_ = false;
  const FaultScope faults(lane_, shared_.only_worker);
  last_cpu_ns_ = cpu_clock_ns();
  last_reading_ = lane_.cycles();
  last_waiting_ns_ = shared_.thread_per_task ? 0 : runnable_wait_ns();
  if (!shared_.thread_per_task || !has_run_) last_used_ = used_so_far();
  has_run_ = true;
  do {
    if (!run_one()) {
      close_states();
      over_.store(1, std::memory_order_release);
      board::futex_wake(&over_);
      return;
    }
    // If no further thread can be started, this one runs the next item as well.
    succession.handed_on = shared_.thread_per_task && hand_on();
  } while (!succession.handed_on);
}

/// Starts a thread for the next item, which first waits for the end of this one.
bool Worker::hand_on() {
  predecessor_ = ::pthread_self();
  has_predecessor_ = true;
  if (ROPEWALK_FAILPOINT("host.next_thread") == 0 && start()) return true;
  has_predecessor_ = false;
  return false;
}

void Worker::run_alone() {
  /// Runs also if the task calls pthread_exit(), which unwinds this frame.
  struct Departure {
    Worker& worker;
    ~Departure() {
      worker.end_unfinished();
      if (worker.has_to_close_.load(std::memory_order_relaxed)) limit_closing();
      worker.close_states();
      // The zygote flushed its stdio buffers before it forked. Otherwise the plugin's state is as if this process had
      // loaded it.
      leave_fork(0);
    }
  } departure{*this};
  const FaultScope faults(lane_, shared_.only_worker);
  last_waiting_ns_ = 0;  // of a process that has just begun
  last_waiting_look_ = lane_.cycles();
  if (const board::Slot* slot = lane_.next(shared_.ending, [] {})) {
    shared_.stages.find(slot->stage);  // it may still be on the socket; reading it is not the task's time
    idle();
    run_task(*slot);
  }
}

/// Ends the attempt of a task that ended its thread.
void Worker::end_unfinished() {
  if (!in_task_) return;
  call_.close();
  call_.breach("the task ended its thread (pthread_exit)", ROPEWALK_FAIL_ERROR);
  finish(task_start_, lane_.cycles(), ROPEWALK_FAILED);
}

/// Ends the process if a task has blocked system calls of this thread: later tasks would fail, and locks would stay
/// held.
void Worker::end_if_deprived() const {
  timespec time{};
  if (last_cpu_ns_ == 0 && ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time) != 0) end_without_calls();
}

bool Worker::run_one() {
  end_if_deprived();
  if (shared_.times_worn.load(std::memory_order_relaxed) != times_worn_) stand_back();
  const board::Slot* slot = lane_.next(shared_.ending, when_idle_);
  if (slot == nullptr) return false;
  run_task(*slot);
  return true;
}

inline void Worker::attempt(const board::Slot& slot, std::string_view params, std::span<const std::string_view> blobs) {
  const bool good = call_.begin(slot, params, blobs);
  call_.open();
  in_task_ = true;
  FaultScope::running(slot.task, slot.attempt);
  task_start_ = lane_.begun_at();
  // A sleeping worker does not wait for a core. This skips a measurement that would delay a single task.
  if (std::exchange(has_slept_, false)) last_waiting_look_ = task_start_;
  std::int32_t status = ROPEWALK_FAILED;
  if (good)
    status = call_plugin();
  else
    call_.fail(ROPEWALK_FAIL_PERMANENT, kDamagedParams);
  const std::uint64_t end = lane_.cycles();
  call_.close();
  FaultScope::idle();
  finish(task_start_, end, status);
}

void Worker::run_task(const board::Slot& slot) {
  if (call_.stage == nullptr || call_.stage->number != slot.stage) {
    const Stage* stage = shared_.stages.find(slot.stage);
    if (stage == nullptr) return lane_.give_back();  // the connection to the engine is lost
    call_.enter(*stage);
    if (stage->awaits_debugger) wait_for_debugger();
  }
  if (slot.where == board::kInBlob)
    run_with_blobs(slot);
  else
    attempt(slot, lane_.params(slot), {});
}

void Worker::run_with_blobs(const board::Slot& slot) {
  std::vector<board::Mapping> blobs;
  std::vector<std::string_view> lie_in;
  const std::optional<std::vector<Fd>> memfds = shared_.stages.take_blob(slot.blob);
  if (!memfds) return lane_.give_back();
  for (const Fd& memfd : *memfds)
    lie_in.push_back(blobs.emplace_back(board::map_whole(memfd.get(), board::Access::read)).text());
  // The last one contains the parameters themselves.
  std::string_view params;
  if (!lie_in.empty()) params = lie_in.back().substr(0, slot.size), lie_in.pop_back();
  attempt(slot, params, lie_in);
}

std::int32_t Worker::call_plugin() {
  const ropewalk_task_type* code = call_.stage->code;
  if (state_.code != code && !open_state(code)) return ROPEWALK_FAILED;
  looked_ = false;
  return code->run(&table_, call_.given(), state_.opened);
}

/// Reports the call of open() to the engine, which limits its time.
bool Worker::opens(const ropewalk_task_type* code, void** opened) {
  RecordHead head{.type = RecordType::opening,
                  .task = call_.task,
                  .attempt = call_.attempt,
                  .code = static_cast<std::uint32_t>(board::Opening::begins),
                  .start = lane_.cycles()};
  lane_.announce(head);
  const std::int64_t cpu_before_ns = cpu_clock_ns();
  const bool good = code->open(&table_, call_.given(), opened) == ROPEWALK_OK;
  head.end = lane_.cycles();
  head.cpu_ns = static_cast<std::uint64_t>(std::max<std::int64_t>(cpu_clock_ns() - cpu_before_ns, 0));
  head.code = static_cast<std::uint32_t>(good ? board::Opening::done : board::Opening::failed);
  lane_.report(head, {});
  if (!good && !call_.failed)
    call_.breach("the task type could not be opened and did not say why", ROPEWALK_FAIL_ERROR);
  return good;
}

/// Returns false if open() failed, and with it the task. The next task tries again.
bool Worker::open_state(const ropewalk_task_type* code) {
  const auto found =
      std::find_if(states_.begin(), states_.end(), [code](const State& state) { return state.code == code; });
  if (found != states_.end()) {
    std::swap(state_, *found);
    return true;
  }
  // Changes of earlier tasks must not be mistaken for those of open(), which may stay.
  if (at_first_) look_for_drift();
  State state{.code = code};
  if (code->open != nullptr && !opens(code, &state.opened)) return false;
  if (state_.code != nullptr) states_.push_back(state_);
  state_ = state;
  if (code->open != nullptr && code->close != nullptr) has_to_close_.store(true, std::memory_order_release);
  if (shared_.watches_process) know_process();
  return true;
}

void Worker::know_process() {
  at_first_ = Fingerprint::take(shared_.descriptors, true);
  at_first_->leave_out(shared_.stages.blobs_held());
  growing_ = true;
}

/// A long task has its own reading of the clock. Short tasks share one, so that system calls per task do not depend on
/// the rate of tasks.
inline bool Worker::reading_due(std::uint64_t start, std::uint64_t end) {
  if (unread_charge_ns_ != 0 || end - start >= shared_.reading_cycles) return true;
  // The last item: its output must be sent before it ends.
  if (!lane_.has_more()) return true;
  if (language_printed.load(std::memory_order_relaxed) && shared_.only_worker) return true;
  ++unread_tasks_;
  const std::uint64_t since = end - last_reading_;
  return since >= kLongestUnread * shared_.reading_cycles ||
         (since >= shared_.reading_cycles && unread_tasks_ >= kTasksAReading);
}

void Worker::finish(std::uint64_t start, std::uint64_t end, std::int32_t status) {
  in_task_ = false;
  unread_charge_ns_ += call_.charged_cpu_ns;
  RecordHead head{.type = RecordType::result,
                  .task = call_.task,
                  .attempt = call_.attempt,
                  .start = start,
                  .end = end,
                  .cpu_ns = board::kNoReading};
  bool printed_too_much = false;
  if (reading_due(start, end)) head.cpu_ns = read_clocks(end, printed_too_much);
  if (printed_too_much && !call_.failed && status == ROPEWALK_OK)
    call_.fail(ROPEWALK_FAIL_ERROR, "the task wrote more than its limit of " + size_text(shared_.print_bytes) +
                                        " to standard output and error (limits.output)");
  if (call_.misused_handle.load(std::memory_order_relaxed) != kNoHandle && !call_.failed) refuse_misuse();
  payload_.clear();
  const Refusal refused = memory_was_refused();  // reset even if the task handled it
  if (status != ROPEWALK_OK || call_.failed || !call_.encode_result(payload_)) report_failure(head, refused);
  forget_cursor();
  if (call_.large_buffers || payload_.size() > lane_.max_inline_payload()) send_blob(head);
  lane_.finish(head, payload_);
  // If this failure stops the run, the next item must not begin.
  if (head.type == RecordType::error && call_.stage->rests_after_failure) lane_.wait_until_read(shared_.ending);
}

void Worker::refuse_misuse() {
  if (const std::optional<std::string> why = call_.misuse_of()) call_.breach(*why);
}

void Worker::report_failure(RecordHead& head, Refusal refused) {
  if (!call_.failed) call_.breach("the task failed and did not say why", ROPEWALK_FAIL_ERROR);
  head.type = RecordType::error;
  // A plugin may pass any number as the kind.
  head.code = static_cast<std::uint32_t>(call_.fail_kind) & ~board::kBrokeContract;
  if (call_.broke_contract) head.code |= board::kBrokeContract;
  if (refused == Refusal::by_limit) head.code = board::kFailedForMemory;
  payload_ = call_.failure;
  if (call_.command_output)
    call_.command_output->show_ends(lane_, {.type = RecordType::output, .task = call_.task, .attempt = call_.attempt});
  look_after_failure(refused != Refusal::none);
}

/// Sends results that do not fit in the ring. The blob is sent before the record that refers to it.
void Worker::send_blob(RecordHead& head) {
  const bool in_buffers = call_.large_buffers && head.type == RecordType::result;
  call_.drop_large_buffers();
  if (!in_buffers) call_.large_buffers.clear();
  if (!in_buffers && payload_.size() <= lane_.max_inline_payload()) return;
  const FileLimitLifted lifted;
  ROPEWALK_FAILPOINT("blob.before_send");
  std::uint64_t offset = 0;
  const Fd memfd = in_buffers ? call_.large_buffers.seal(payload_, offset) : board::make_blob(payload_);
  const int fds[] = {memfd.get()};
  head.blob = shared_.blobs.fetch_add(1, std::memory_order_relaxed) + 1;
  const std::string size(std::to_string(payload_.size()));
  if (memfd && wire::send(shared_.socket, wire::Type::blob, head.blob, std::to_string(offset) + " " + size, fds)) {
    ROPEWALK_FAILPOINT("blob.after_send");
    payload_.clear();
  } else {
    head = {.type = RecordType::error,
            .task = head.task,
            .attempt = head.attempt,
            .code = ROPEWALK_FAIL_ERROR,
            .start = head.start,
            .end = head.end,
            .cpu_ns = head.cpu_ns};
    payload_ = "no memory for the result (" + size + " bytes)";
  }
}

void Worker::close_states() {
  const auto close = [this](const State& state) {
    if (state.code != nullptr && state.code->open != nullptr && state.code->close != nullptr)
      state.code->close(&table_, state.opened);
  };
  close(std::exchange(state_, {}));
  std::for_each(states_.begin(), states_.end(), close);
  states_.clear();
}

}  // namespace ropewalk::host
