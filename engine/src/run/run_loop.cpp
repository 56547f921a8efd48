#include "run/run_loop.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace ropewalk {
namespace {

constexpr std::int64_t kTickNs = 100'000'000;

}  // namespace

RunLoop::RunLoop(const Plan& plan, Machine& machine, ExecutorFactory& executors, ResultStore& results, Observer& observer)
    : plan_(plan), machine_(machine), executors_(executors), results_(results), observer_(observer) {}

void RunLoop::run(const std::string& run_id, std::int64_t grace_ns) {
  run_ = {run_id, grace_ns};
  begin_ns_ = machine_.now_ns();
  for (std::uint32_t number = 0; number < plan_.stages.size(); ++number)
    stages_.emplace_back(plan_, number, machine_, results_, observer_, begin_ns_);
  observer_.run_started(0, {.run_id = run_.id, .workflow = plan_.workflow});
  for (const Error& warning : plan_.warnings) observer_.warning(0, {warning.message});
  std::int64_t next_tick_ns = begin_ns_ + kTickNs;
  for (;;) {
    look_at_stop();
    while (start_stages()) {
    }
    take_turns();
    while (start_stages()) take_turns();  // a stage that ended may let the next one start at once
    if (over()) break;
    machine_.end_of_turn();
    if (machine_.now_ns() >= next_tick_ns) {
      for (const StageRun& stage : stages_) stage.tell_running();
      observer_.tick(machine_.now_ns() - begin_ns_);
      next_tick_ns = machine_.now_ns() + kTickNs;
    }
    if (!machine_.wait(std::min(next_look_ns(), next_tick_ns)) && broken_.empty()) {
      broken_ = "the warden, which keeps the hosts, was lost twice";
      halt(Halt::kill_running);
      for (StageRun& stage : stages_)
        if (stage.state() == StageRun::State::running) stage.broken({"R101", broken_});
    }
  }
  tell_end();
}

bool RunLoop::over() const {
  return std::all_of(stages_.begin(), stages_.end(), [](const StageRun& stage) { return stage.state() == StageRun::State::ended; });
}

/// Starts, or skips, every stage whose time has come; true if there was one.
bool RunLoop::start_stages() {
  bool any = false;
  for (StageRun& stage : stages_) {
    if (stage.state() != StageRun::State::waiting) continue;
    const auto ended = [&](std::uint32_t needed) { return stages_[needed].state() == StageRun::State::ended; };
    if (!halted_) {
      if (!std::all_of(stage.plan().needs.begin(), stage.plan().needs.end(), ended)) continue;
      const auto& upstream = stage.plan().streams_from;
      if (upstream && stages_[*upstream].state() == StageRun::State::waiting) continue;
      if (workers_for(stage) == 0) continue;
    }
    start_or_skip(stage);
    any = true;
  }
  return any;
}

void RunLoop::start_or_skip(StageRun& stage) {
  const std::int64_t now = machine_.now_ns();
  if (halted_) return stage.skip(now, Outcome::not_started, "the run was stopped before it");
  for (const std::uint32_t needed : stage.plan().needs) {
    // A stream goes on with what its upstream did well; every other need has to have ended well as a whole.
    if (stage.plan().streams_from == needed || stages_[needed].counts_as_success()) continue;
    return stage.skip(now, Outcome::skipped, fmt::format("it needs stage '{}', which {}", stages_[needed].plan().name,
                                                         stages_[needed].outcome() == Outcome::skipped ? "was skipped" : "failed"));
  }
  StageRun* upstream = stage.plan().streams_from ? &stages_[*stage.plan().streams_from] : nullptr;
  if (upstream != nullptr && upstream->state() == StageRun::State::ended && upstream->tasks() == 0 && !upstream->counts_as_success())
    return stage.skip(now, Outcome::skipped, fmt::format("it takes its items from stage '{}', which did not run", upstream->plan().name));
  stage.start(now, run_, executors_, upstream, workers_for(stage));
}

/// What -j leaves for it; 0: it has to wait.
unsigned RunLoop::workers_for(const StageRun& stage) const {
  const unsigned wanted = std::max(stage.plan().workers, 1u);
  if (plan_.jobs == 0) return wanted;
  unsigned busy = 0;
  for (const StageRun& other : stages_)
    if (other.state() == StageRun::State::running) busy += other.workers();
  return busy >= plan_.jobs ? 0 : std::min(wanted, plan_.jobs - busy);
}

void RunLoop::take_turns() {
  bool failure = false;
  for (StageRun& stage : stages_) {
    stage.turn(machine_.now_ns());
    failure = failure || stage.stopped_by_failure();
    if (stage.broken() && broken_.empty()) broken_ = stage.broken()->message;
  }
  if (!results_.failed().empty() && broken_.empty()) {
    broken_ = fmt::format("results cannot be kept: {}", results_.failed());
    halt(Halt::ask_running);
  }
  if (failure) halt(Halt::start_nothing);
}

void RunLoop::look_at_stop() {
  const int asked = machine_.stop_asked();
  if (asked == 0) return;
  asked_to_stop_ = true;
  if (kill_at_ns_ == 0) kill_at_ns_ = machine_.now_ns() + run_.grace_ns;
  const bool kill = asked >= static_cast<int>(StopLevel::kill) || machine_.now_ns() >= kill_at_ns_;
  halt(kill ? Halt::kill_running : Halt::ask_running);
}

void RunLoop::halt(Halt halt) {
  if (halted_ && *halted_ >= halt) return;
  halted_ = halt;
  for (StageRun& stage : stages_) stage.halt(machine_.now_ns(), halt);
}

std::int64_t RunLoop::next_look_ns() {
  std::int64_t next = std::numeric_limits<std::int64_t>::max();
  for (StageRun& stage : stages_)
    if (stage.state() == StageRun::State::running) next = std::min(next, stage.look_again_ns());
  if (kill_at_ns_ != 0) next = std::min(next, kill_at_ns_);
  return next;
}

void RunLoop::tell_end() {
  Outcome outcome = Outcome::succeeded;
  for (const StageRun& stage : stages_)
    if (!stage.counts_as_success()) outcome = Outcome::failed;
  const bool broken = !broken_.empty();
  if (asked_to_stop_ && outcome != Outcome::succeeded) outcome = Outcome::cancelled;
  observer_.run_finished(machine_.now_ns() - begin_ns_,
                         {.outcome = outcome, .wall_ns = machine_.now_ns() - begin_ns_, .why = broken_, .broken = broken});
}

}  // namespace ropewalk
