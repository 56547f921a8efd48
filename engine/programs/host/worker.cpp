#include "host/worker.hpp"

#include "base/cycles.hpp"
#include "base/failpoint.hpp"
#include "base/text.hpp"
#include "protocol/futex.hpp"
#include "protocol/board_memory.hpp"
#include "protocol/host_messages.hpp"
#include "host/faults.hpp"
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
constexpr std::uint64_t kLookShare = 50, kIdleLookShare = 10;  // looking for drift may take 1/50 of the time
/// Tasks that use less CPU time cannot open a file. While they run it is measured seldom.
constexpr std::uint64_t kMinLeakNs = 500, kSeldom = 5000;  // readings: 100 ms
constexpr std::int64_t kStandBackNs = 100'000'000;  // what the engine gets to take back what a worn host is not to run

constexpr std::uint32_t kTasksAReading = 512;
constexpr std::uint64_t kLongestUnread = 50;  // readings that may be left out: about 1 ms

/// Time that this thread was runnable without having a core, or -1 where the kernel does not say.
std::int64_t runnable_wait_ns() {
  const Fd fd(::open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC));
  char text[96] = {};
  if (!fd || ::read(fd.get(), text, sizeof text - 1) <= 0) return -1;
  long long on_core = 0, waiting = 0;
  return std::sscanf(text, "%lld %lld", &on_core, &waiting) == 2 ? waiting : -1;
}

/// What one measurement costs, from which the pause until the next follows. The least of all so far, and at most what a
/// slow machine needs: while another process had the core, this one spent nothing, and a pause that is too long misses
/// what it is for.
std::uint64_t least_cost(std::uint64_t so_far, std::uint64_t last, std::uint64_t at_most) {
  return std::min({so_far == 0 ? at_most : so_far, last, at_most});
}

}  // namespace

bool Worker::start() {
  pthread_attr_t attributes;
  ::pthread_attr_init(&attributes);
  ::pthread_attr_setstacksize(&attributes, std::max<std::size_t>(kStackBytes, PTHREAD_STACK_MIN));
  const bool made = ::pthread_create(&thread_, &attributes, &Worker::enter, this) == 0;
  ::pthread_attr_destroy(&attributes);
  return made;
}

bool Worker::wait_until_over(std::int64_t& until_ns) {
  // A nudge may come just before the worker goes to sleep, so one may not be enough. What runs may take long, and
  // hundreds of hosts may wait like this while somebody has to end them.
  std::int64_t patience_ns = 1'000'000;
  while ((lane_.busy() || has_to_close_.load(std::memory_order_acquire)) &&
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
  /// Runs when the thread ends in whatever way: also when a task calls pthread_exit, which unwinds through here.
  struct Succession {
    Worker& worker;
    bool handed_on = false;
    ~Succession() {
      worker.end_unfinished();
      // This thread cannot go on, so another one has to end where none can be started.
      timespec pause{.tv_sec = 0, .tv_nsec = 1'000'000};
      for (; !worker.over_ && !handed_on && !worker.hand_on();
           pause.tv_nsec = std::min(pause.tv_nsec * 2, kLongestPatienceNs))
        ::nanosleep(&pause, nullptr);
    }
  } succession{*this};
  if (has_predecessor_) ::pthread_join(predecessor_, nullptr), has_predecessor_ = false;
  const FaultScope faults(lane_, shared_.only_worker);
  last_cpu_ns_ = clock_ns(shared_.only_worker ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_THREAD_CPUTIME_ID);
  last_reading_ = lane_.cycles();
  last_waiting_ns_ = shared_.thread_per_task ? 0 : runnable_wait_ns();
  do {
    if (!run_one()) {
      close_states();
      over_.store(1, std::memory_order_release);
      board::futex_wake(&over_);
      return;
    }
    // Where the machine gives no further thread, this one runs the next item as well.
    succession.handed_on = shared_.thread_per_task && hand_on();
  } while (!succession.handed_on);
}

/// The next item is a new thread's, which first waits for the end of this one.
bool Worker::hand_on() {
  predecessor_ = ::pthread_self();
  has_predecessor_ = true;
  if (ROPEWALK_FAILPOINT("host.next_thread") == 0 && start()) return true;
  has_predecessor_ = false;
  return false;
}

void Worker::run_alone() {
  /// Also when the task calls pthread_exit, which unwinds through here.
  struct Departure {
    Worker& worker;
    ~Departure() {
      worker.end_unfinished();
      if (worker.has_to_close_.load(std::memory_order_relaxed)) limit_closing();
      worker.close_states();
      // What the zygote had in buffers of stdio it has written before it forked. Everything else of the plugin is as
      // if this process had loaded it.
      leave_fork(0);
    }
  } departure{*this};
  const FaultScope faults(lane_, shared_.only_worker);
  last_waiting_ns_ = 0;  // of a process that has just begun
  last_waiting_look_ = lane_.cycles();
  if (const board::Slot* slot = lane_.next(shared_.ending, [] {})) {
    shared_.stages.find(slot->stage);  // it is on the socket still: reading it is not the task's time
    idle();
    run_task(*slot);
  }
}

/// What happened if a task's thread ends while the task runs.
void Worker::end_unfinished() {
  if (!in_task_) return;
  call_.close();
  call_.breach("the task ended its thread (pthread_exit)", ROPEWALK_FAIL_ERROR);
  finish(task_start_, lane_.cycles(), ROPEWALK_FAILED);
}

/// A thread that a task has left without system calls would fail every task after it, and hold the locks of the others.
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
  // Who sleeps does not wait for a core, and somebody may be waiting for this task alone.
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
    if (stage == nullptr) return lane_.give_back();  // the line to the engine is lost
    call_.enter(*stage);
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
  // The last one holds the parameters themselves.
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

/// The engine is told, because it limits the time that this may take.
bool Worker::opens(const ropewalk_task_type* code, void** opened) {
  RecordHead head{.type = RecordType::opening,
                  .task = call_.task,
                  .attempt = call_.attempt,
                  .code = static_cast<std::uint32_t>(board::Opening::begins)};
  lane_.announce(head);
  const bool good = code->open(&table_, call_.given(), opened) == ROPEWALK_OK;
  head.code = static_cast<std::uint32_t>(good ? board::Opening::done : board::Opening::failed);
  lane_.report(head, {});
  if (!good && !call_.failed)
    call_.breach("the task type could not be opened and did not say why", ROPEWALK_FAIL_ERROR);
  return good;
}

/// False: it could not be opened, and the task has failed. The next one tries again.
bool Worker::open_state(const ropewalk_task_type* code) {
  const auto found =
      std::find_if(states_.begin(), states_.end(), [code](const State& state) { return state.code == code; });
  if (found != states_.end()) {
    std::swap(state_, *found);
    return true;
  }
  // What earlier tasks did is not to be taken for what open() does, which is meant to last.
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

/// Whether the tasks so far left the process as they found it. Each kind of change is said once: the engine then lets
/// the host end, or keeps it.
void Worker::look_for_drift() {
  if (!at_first_ || looked_) return;
  const std::uint64_t begin = lane_.cycles();
  looked_ = true;
  Fingerprint now = Fingerprint::take(shared_.descriptors);
  now.leave_out(shared_.stages.blobs_held());
  if (std::exchange(growing_, false)) at_first_->allow_growth(now);
  const Fingerprint::Drift drift = at_first_->drift(now, drifted_);
  drifted_ |= drift.kinds;
  const std::string_view text = std::string_view(drift.text).substr(0, board::kMaxNoteBytes);
  if (drift.kinds != 0)
    lane_.report({.type = RecordType::drift, .task = call_.task, .attempt = call_.attempt, .code = drift.kinds}, text);
  looked_at_ = lane_.cycles();
  look_cost_ = least_cost(look_cost_, looked_at_ - begin, 2 * shared_.reading_cycles);
}

/// Whether what tasks have left behind leaves room for others. The engine hears of it before it hears that this one
/// ended.
void Worker::look_for_wear() {
  if (shared_.wear == nullptr) return;
  const std::uint64_t begin = lane_.cycles();
  if (const auto found = shared_.wear->look(shared_.descriptors.front())) report_wear(*found);
  wear_looked_at_ = lane_.cycles();
  wear_cost_ = least_cost(wear_cost_, wear_looked_at_ - begin, shared_.reading_cycles / 4);
}

void Worker::report_wear(const Wear::Finding& found) {
  lane_.report({.type = RecordType::worn,
                .task = call_.task,
                .attempt = call_.attempt,
                .code = static_cast<std::uint32_t>(found.by),
                .start = found.used,
                .end = found.limit},
               found.text);
  shared_.times_worn.fetch_add(1, std::memory_order_relaxed);
}

/// A host in which a task found no memory has none for the next one either.
void Worker::look_after_failure(bool for_memory) {
  if (shared_.wear == nullptr || (call_.failed && call_.fail_kind == ROPEWALK_FAIL_NO_ROOM)) return;
  if (for_memory)
    report_wear({board::WornBy::memory, 0, 0, "a task was refused memory"});
  else
    look_for_wear();
}

/// What lies before this worker is for another host. Until the engine has taken it back, or for a while.
void Worker::stand_back() {
  times_worn_ = shared_.times_worn.load(std::memory_order_relaxed);
  lane_.stand_back(shared_.ending, kStandBackNs);
}

/// A task that lasts gets a reading of its own. Shorter ones share theirs, with so many others that what a task costs
/// in system calls does not depend on how fast they come.
inline bool Worker::reading_due(std::uint64_t start, std::uint64_t end) {
  if (unread_charge_ns_ != 0 || end - start >= shared_.reading_cycles) return true;
  // The last that there is: what it printed must be told before it is done.
  if (!lane_.has_more()) return true;
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
  const Refusal refused = memory_was_refused();  // forgotten also where the task coped with it
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
  // A plugin may give any number as the kind.
  head.code = static_cast<std::uint32_t>(call_.fail_kind) & ~board::kBrokeContract;
  if (call_.broke_contract) head.code |= board::kBrokeContract;
  if (refused == Refusal::by_limit) head.code = board::kFailedForMemory;
  payload_ = call_.failure;
  if (call_.command_output)
    call_.command_output->show_ends(lane_, {.type = RecordType::output, .task = call_.task, .attempt = call_.attempt});
  look_after_failure(refused != Refusal::none);
}

/// What is not to travel in the ring. The blob first: the engine looks for it when it meets the record.
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

/// At the 20 us point: CPU time since the last reading, and what else is too dear for every task.
std::uint64_t Worker::read_clocks(std::uint64_t now, bool& printed_too_much) {
  const std::int64_t cpu = clock_ns(shared_.only_worker ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_THREAD_CPUTIME_ID);
  const std::int64_t used = std::max<std::int64_t>(cpu - last_cpu_ns_, 0) + std::exchange(unread_charge_ns_, 0);
  last_cpu_ns_ = cpu;
  last_reading_ = now;
  const std::uint64_t tasks = std::exchange(unread_tasks_, 0) + 1;
  if (shared_.only_worker)
    printed_too_much = send_output();
  else
    flush_printed();
  if (has_late_calls()) report_late_calls();
  if (now - looked_at_ >= kLookShare * look_cost_) look_for_drift();
  const bool may_leak = static_cast<std::uint64_t>(used) >= kMinLeakNs * tasks;
  if (now - wear_looked_at_ >= (may_leak ? kLookShare * wear_cost_ : kSeldom * shared_.reading_cycles)) look_for_wear();
  if (now - last_waiting_look_ >= shared_.waiting_cycles || shared_.thread_per_task) send_waiting();
  return static_cast<std::uint64_t>(used);
}

/// What the process printed since the last time. True: more than the stage allows.
bool Worker::send_output() {
  flush_printed();
  return ::lseek(STDOUT_FILENO, 0, SEEK_CUR) > 0 && send_printed();
}

bool Worker::send_printed() {
  struct stat status {};
  // Another file that a task has put in its place is neither read nor rewound.
  if (!board::is_output(STDOUT_FILENO) || ::fstat(STDOUT_FILENO, &status) != 0) return false;
  const auto room = static_cast<std::uint64_t>(status.st_size);
  const std::string text = board::take_output(STDOUT_FILENO);
  const bool limited = shared_.print_bytes != 0 && shared_.print_bytes < room;
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view piece = rest.substr(0, lane_.max_inline_payload());
    lane_.report({.type = RecordType::output, .task = call_.task, .attempt = call_.attempt}, piece);
    rest.remove_prefix(piece.size());
  }
  constexpr std::uint64_t kPage = 4096;  // a write that does not fit ends at one
  if (text.size() >= room / kPage * kPage && !limited)
    lane_.report({.type = RecordType::unkept, .task = call_.task, .attempt = call_.attempt, .end = room}, {});
  return limited && text.size() > shared_.print_bytes;
}

void Worker::report_late_calls() {
  const LateCalls late = take_late_calls();
  if (late.count != 0)
    lane_.report({.type = RecordType::late, .task = call_.task, .attempt = call_.attempt, .end = late.count},
                 late.function);
}

void Worker::send_waiting() {
  last_waiting_look_ = lane_.cycles();
  const std::int64_t waiting = runnable_wait_ns();
  if (waiting < 0) return;
  if (last_waiting_ns_ >= 0 && waiting > last_waiting_ns_)
    lane_.report({.type = RecordType::waited, .end = static_cast<std::uint64_t>(waiting - last_waiting_ns_)}, {}, true);
  last_waiting_ns_ = waiting;
}

/// Nothing to do: settle accounts before sleeping, so that the engine has them with the last completion.
void Worker::idle() {
  // Nobody waits for this worker now, but the next task may come at once: more often than in between, not always.
  if (lane_.cycles() - looked_at_ >= kIdleLookShare * look_cost_) look_for_drift();
  if (has_late_calls()) report_late_calls();
  last_reading_ = lane_.cycles();
  last_cpu_ns_ = clock_ns(shared_.only_worker ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_THREAD_CPUTIME_ID);
  has_slept_ = true;
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
