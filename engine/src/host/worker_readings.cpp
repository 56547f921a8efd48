// The part of Worker that measures between tasks: CPU time, output, changes of the process, room that is left, and time
// without a core. Measurements cost system calls, so that each pauses in proportion to its cost.

#include "host/worker.hpp"

#include "protocol/board_memory.hpp"
#include "host/language.hpp"
#include "host/leaving.hpp"
#include "host/limits.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <utility>

namespace ropewalk::host {
namespace {

using board::RecordHead;
using board::RecordType;

constexpr std::uint64_t kLookShare = 50, kIdleLookShare = 10;  // looking for drift may take 1/50 of the time
/// Tasks that use less CPU time cannot open a file. While they run it is measured seldom.
constexpr std::uint64_t kMinLeakNs = 500, kSeldom = 5000;  // readings: 100 ms
constexpr std::int64_t kStandBackNs = 100'000'000;  // what the engine gets to take back what a worn host is not to run

/// The cost of one measurement, which determines the pause until the next: the minimum so far, limited to what a slow
/// machine needs. A reading may include time in which another process had the core, and a pause that is too long misses
/// changes.
std::uint64_t least_cost(std::uint64_t so_far, std::uint64_t last, std::uint64_t at_most) {
  return std::min({so_far == 0 ? at_most : so_far, last, at_most});
}

}  // namespace

std::int64_t Worker::runnable_wait_ns() {
  const Fd fd(::open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC));
  char text[96] = {};
  if (!fd || ::read(fd.get(), text, sizeof text - 1) <= 0) return -1;
  long long on_core = 0, waiting = 0;
  return std::sscanf(text, "%lld %lld", &on_core, &waiting) == 2 ? waiting : -1;
}

/// Reports how the tasks so far have changed the process. Each kind of change is reported once; the engine then ends or
/// keeps the host.
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

/// Reports if leaks of tasks leave too little room for others. The engine receives this before the end of the task.
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

/// If a task found no memory in this host, the next one will not either.
void Worker::look_after_failure(bool for_memory) {
  if (shared_.wear == nullptr || (call_.failed && call_.fail_kind == ROPEWALK_FAIL_NO_ROOM)) return;
  if (for_memory)
    report_wear({board::WornBy::memory, 0, 0, "a task was refused memory"});
  else
    look_for_wear();
}

/// Begins nothing until the engine has taken back the items of this worker, or for a limited time.
void Worker::stand_back() {
  times_worn_ = shared_.times_worn.load(std::memory_order_relaxed);
  lane_.stand_back(shared_.ending, kStandBackNs);
}

/// Every 20 us: reads the CPU time since the last reading, and does other work that is too expensive for every task.
std::uint64_t Worker::read_clocks(std::uint64_t now, bool& printed_too_much) {
  const std::int64_t cpu = cpu_clock_ns();
  unsent_charge_ns_ += unread_charge_ns_;
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
  if (now - last_waiting_look_ >= shared_.waiting_cycles || shared_.thread_per_task || is_last_look(now))
    send_waiting(runnable_wait_ns());
  else if (shared_.only_worker && !shared_.watches_process)
    send_waiting(-1);
  return static_cast<std::uint64_t>(used);
}

/// Sends what the process has printed since the last time. Returns true if it exceeds the limit of the stage.
bool Worker::send_output() {
  language_printed.store(false, std::memory_order_relaxed);
  flush_printed();
  return ::lseek(STDOUT_FILENO, 0, SEEK_CUR) > 0 && send_printed();
}

bool Worker::send_printed() {
  struct stat status {};
  // A file that a task has put in its place is not read or rewound.
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

/// Whether the stage may learn nothing of this worker later: it has nothing more to run for now, and its last task was
/// long enough to pay for a look. A process that runs one task pays more: /proc has to know it first.
bool Worker::is_last_look(std::uint64_t now) const {
  constexpr std::uint64_t kPart = 10;
  return !lane_.has_more() && now - task_start_ >= shared_.waiting_cycles / kPart;
}

/// The kernel divides CPU time by what its timer has hit, and counts a thread that it never hit as all user time. A
/// thread of one task is often such a thread, so its whole process is asked: only the ratio of both counts.
Worker::Used Worker::used_so_far() const {
  rusage own{};
  ::getrusage(shared_.only_worker || shared_.thread_per_task ? RUSAGE_SELF : RUSAGE_THREAD, &own);
  return {to_ns(own.ru_utime), to_ns(own.ru_stime)};
}

/// What commands of tasks have used is known as a sum. It is divided as that of all commands of this process is.
Worker::Used Worker::used_by_commands() {
  const std::int64_t charged_ns = std::exchange(unsent_charge_ns_, 0);
  if (charged_ns == 0) return {};
  rusage all{};
  ::getrusage(RUSAGE_CHILDREN, &all);
  const auto user = static_cast<double>(to_ns(all.ru_utime)), system = static_cast<double>(to_ns(all.ru_stime));
  if (user + system <= 0) return {charged_ns, 0};
  const auto user_ns = static_cast<std::int64_t>(static_cast<double>(charged_ns) * user / (user + system));
  return {user_ns, charged_ns - user_ns};
}

/// With the CPU time since the last time. `waiting`: as runnable_wait_ns(); -1: not measured now.
void Worker::send_waiting(std::int64_t waiting) {
  last_waiting_look_ = lane_.cycles();
  const Used used = used_so_far(), commands = used_by_commands();
  const auto since = [](std::int64_t now, std::int64_t before) {
    return static_cast<std::uint64_t>(std::max<std::int64_t>(now - before, 0));
  };
  RecordHead head{.type = RecordType::waited,
                  .start = since(used.user_ns + commands.user_ns, last_used_.user_ns),
                  .end = waiting >= 0 && last_waiting_ns_ >= 0 ? since(waiting, last_waiting_ns_) : 0,
                  .cpu_ns = since(used.system_ns + commands.system_ns, last_used_.system_ns)};
  if (head.start + head.end + head.cpu_ns != 0) lane_.report(head, {}, true);
  if (waiting >= 0) last_waiting_ns_ = waiting;
  last_used_ = used;
}

/// Before it sleeps: finishes pending measurements, so that the engine has them with the last completion.
void Worker::idle() {
  // No task waits for this worker, so it measures more often than between tasks; the next task may arrive at once.
  if (lane_.cycles() - looked_at_ >= kIdleLookShare * look_cost_) look_for_drift();
  if (has_late_calls()) report_late_calls();
  last_reading_ = lane_.cycles();
  last_cpu_ns_ = cpu_clock_ns();
  has_slept_ = true;
  if (language != nullptr) language->idle();
}

}  // namespace ropewalk::host
