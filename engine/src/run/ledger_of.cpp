#include "run/ledger_of.hpp"

#include <algorithm>

namespace ropewalk {
namespace {

constexpr double kSecond = 1e9;
/// Fewer tasks than this, or than this for each worker, say little of what one costs.
constexpr std::uint64_t kMinTasks = 100, kMinTasksEach = 10;

}  // namespace

StageLedger ledger_of(const ExecutorTimes& times, std::uint32_t workers, std::optional<std::int64_t> engine_ns) {
  const double run = times.slots.run;
  const double cpu = std::min(static_cast<double>(times.cpu_ns), run);
  const double measured = static_cast<double>(times.user_ns) + static_cast<double>(times.system_ns);
  const double system = measured > 0 ? std::min(cpu * (static_cast<double>(times.system_ns) / measured), cpu) : 0;
  // Workers also wait for a core between tasks. That is in `dispatch`.
  const double core_wait = std::min(static_cast<double>(times.core_wait_ns), run - cpu);
  StageLedger ledger{.total_s = times.slots.total / kSecond,
                     .user_s = (cpu - system) / kSecond,
                     .system_s = system / kSecond,
                     .core_wait_s = core_wait / kSecond,
                     .blocked_s = (run - cpu - core_wait) / kSecond,
                     .dispatch_s = times.slots.of(Idle::dispatch) / kSecond,
                     .starved_s = (times.slots.of(Idle::starved) + times.slots.of(Idle::retry)) / kSecond,
                     .start_s = times.slots.of(Idle::start) / kSecond,
                     .tail_s = times.slots.of(Idle::tail) / kSecond,
                     .residual_s = times.slots.residual / kSecond,
                     .retry_s = times.slots.of(Idle::retry) / kSecond};
  if (times.last && ledger.tail_s > 0)
    ledger.last_task = StageLedger::LastTask{times.last->task, static_cast<double>(times.last->run_ns) / kSecond};
  if (times.attempts >= std::max(kMinTasks, kMinTasksEach * workers)) {
    const auto tasks = static_cast<double>(times.attempts);
    if (engine_ns) ledger.engine_s_per_task = static_cast<double>(*engine_ns) / kSecond / tasks;
    // Half of the workers' time goes into tasks if a task takes as long as a worker loses between two of them.
    ledger.metg_s = (ledger.dispatch_s + (times.starts_each ? ledger.start_s : 0)) / tasks;
  }
  return ledger;
}

}  // namespace ropewalk
