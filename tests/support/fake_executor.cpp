#include "support/fake_executor.hpp"

#include <algorithm>
#include <limits>

namespace ropewalk {

bool FakeMachine::wait(std::int64_t until_ns) {
  std::int64_t next = until_ns;
  if (!stops_.empty()) next = std::min(next, stops_.begin()->first);
  while (!happenings_.empty() && happenings_.begin()->first <= now_ns_) happenings_.erase(happenings_.begin());
  if (!happenings_.empty()) next = std::min(next, happenings_.begin()->first);
  now_ns_ = std::max(now_ns_, next);
  while (!stops_.empty() && stops_.begin()->first <= now_ns_) {
    stop_ = std::max(stop_, static_cast<int>(stops_.begin()->second));
    stops_.erase(stops_.begin());
  }
  return true;
}

std::int64_t FakeMachine::suspended_ns() {
  std::int64_t all = 0;
  for (const auto& [at, length] : suspensions_) all += at <= now_ns_ ? length : 0;
  return all;
}

void FakeExecutor::deal(std::span<const Deal> tasks) {
  for (const Deal& task : tasks) {
    Running running{.task = task.task,
                    .attempt = task.attempt,
                    .does = script_(task.task, task.attempt),
                    .since_ns = machine_.now_ns()};
    const std::int64_t end = machine_.now_ns() + running.does.takes_ns;
    machine_.happens_at(end);
    for (const FakeProgress& progress : running.does.progress)
      machine_.happens_at(machine_.now_ns() + progress.after_ns);
    running_.emplace(end, std::move(running));
  }
}

void FakeExecutor::drain(ExecutorListener& listener, bool) {
  std::vector<TaskStarted> started;
  for (auto& [end, running] : running_)
    if (!std::exchange(running.reported, true)) started.push_back({running.task, running.attempt});
  if (!started.empty()) listener.started(started);
  for (auto& [end, running] : running_) {
    const std::vector<FakeProgress>& all = running.does.progress;
    for (std::size_t& next = running.progress_reported; next < all.size(); ++next) {
      if (running.since_ns + all[next].after_ns > machine_.now_ns()) break;
      listener.progressed({running.task, running.attempt, all[next].fraction, all[next].text});
    }
  }
  while (!running_.empty() && running_.begin()->first <= machine_.now_ns()) {
    const auto node = running_.extract(running_.begin());
    const Running& done = node.mapped();
    time_.ran(done.since_ns, node.key());
    const AttemptResult ended{
        .task = done.task,
        .attempt = done.attempt,
        .outcome = done.does.outcome,
        .detail = done.does.detail,
        .started_ns = done.since_ns,
        .run_ns = done.does.takes_ns,
        .cpu_ns = static_cast<std::int64_t>(static_cast<double>(done.does.takes_ns) * done.does.cpu_share),
        .host = 1,
        .worker = 0,
        .payload = done.does.payload,
        .kind = done.does.kind};
    listener.ended({&ended, 1});
  }
}

std::int64_t FakeExecutor::look_again_ns() {
  return running_.empty() ? std::numeric_limits<std::int64_t>::max() : running_.begin()->first;
}

void FakeExecutor::halt(Halt halt, ExecutorListener& listener) {
  halted_ = true;
  if (halt == Halt::start_nothing) return;
  stop(
      listener, [&](const Running& running) { return !running.does.deaf || halt == Halt::kill_running; }, "stopped");
}

void FakeExecutor::cancel(std::span<const std::uint64_t> tasks, ExecutorListener& listener) {
  const auto wanted = [&](const Running& running) {
    return std::find(tasks.begin(), tasks.end(), running.task) != tasks.end();
  };
  stop(listener, wanted, kCancelledWhile);
}

void FakeExecutor::stop(ExecutorListener& listener, const std::function<bool(const Running&)>& which,
                        std::string_view why) {
  for (auto next = running_.begin(); next != running_.end();) {
    if (!which(next->second)) {
      ++next;
      continue;
    }
    const auto node = running_.extract(next++);
    const Running& stopped = node.mapped();
    time_.ran(stopped.since_ns, machine_.now_ns());
    const AttemptResult ended{.task = stopped.task,
                              .attempt = stopped.attempt,
                              .outcome = Outcome::cancelled,
                              .detail = 0,
                              .started_ns = stopped.since_ns,
                              .run_ns = machine_.now_ns() - stopped.since_ns,
                              .cpu_ns = 0,
                              .host = 1,
                              .worker = 0,
                              .payload = why};
    listener.ended({&ended, 1});
  }
}

Result<std::unique_ptr<Executor>> FakeExecutors::open(const PlannedStage&, StageSetting setting) {
  return std::unique_ptr<Executor>(new FakeExecutor(machine_, script_, setting.workers));
}

}  // namespace ropewalk
