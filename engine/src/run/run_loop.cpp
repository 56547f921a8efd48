#include "run/run_loop.hpp"

#include "base/text.hpp"
#include "plan/condition.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace ropewalk {
namespace {

constexpr std::int64_t kTickNs = 100'000'000;
constexpr std::int64_t kSuspensionNs = 1'000'000'000;  // a shorter one is not worth a word
/// Stages at once without -j: each has workers of its own, and a wide graph would start a host for every stage.
constexpr std::size_t kMaxStages = 64;

}  // namespace

RunLoop::RunLoop(const Plan& plan, Machine& machine, ExecutorFactory& executors, ResultStore& results,
                 Observer& observer)
    : plan_(plan),
      machine_(machine),
      executors_(executors),
      results_(results),
      observer_(observer),
      engine_(machine),
      waiting_(plan) {}

void RunLoop::run(const RunSetting& setting) {
  begin(setting);
  while (turn()) wait(look_again_ns());
}

void RunLoop::begin(const RunSetting& setting) {
  run_ = setting;
  run_.begin_ns = machine_.now_ns();
  if (plan_.halt) failures_.rule = *plan_.halt, run_.failures = &failures_;
  shares_cores_ =
      std::any_of(plan_.stages.begin(), plan_.stages.end(), [](const PlannedStage& stage) { return stage.cores != 0; });
  suspended_ns_ = machine_.suspended_ns();
  if (plan_.deadline_ns != 0) deadline_at_ns_ = machine_.timer_ns() + plan_.deadline_ns;
  for (std::uint32_t number = 0; number < plan_.stages.size(); ++number)
    stages_.emplace_back(plan_, number, run_, machine_, results_, engine_, observer_);
  observer_.run_started(
      0, {.run_id = run_.id, .workflow = plan_.workflow, .items = &results_, .started_unix_ns = run_.unix_ns});
  for (const Error& warning : plan_.warnings) observer_.warning(0, {warning.message});
  next_tick_ns_ = run_.begin_ns + kTickNs;
}

bool RunLoop::turn() {
  look_at_deadline();
  look_at_stop();
  start_stages();
  take_turns();
  while (start_stages()) take_turns();  // a stage that ended may let the next one start at once
  if (shares_cores_) share_cores();
  if (running_.empty() && waiting_.empty()) return report_end(), false;
  if (running_.empty()) go_on_without("stages wait for each other", Halt::start_nothing);
  if (machine_.now_ns() >= next_tick_ns_) tick();
  return true;
}

/// Each running task has a core of its own, as make's first job has, and shares the rest.
void RunLoop::share_cores() {
  std::uint64_t tasks = 0;
  for (const StageRun* stage : running_)
    if (stage->plan().cores != 0) tasks += stage->at_once();
  machine_.share_cores(tasks);
}

void RunLoop::tick() {
  look_for_suspension();
  for (StageRun* stage : running_) stage->report_running();
  observer_.tick(machine_.now_ns() - run_.begin_ns);
  next_tick_ns_ = machine_.now_ns() + kTickNs;
}

void RunLoop::wait(std::int64_t until_ns) {
  if (!machine_.wait(until_ns)) lose_hosts();
}

void RunLoop::lose_hosts() {
  if (std::exchange(hosts_lost_, true)) return;
  const std::string why =
      "the warden, which keeps the hosts, was lost twice; find out what kills processes named ropewalk-warden, and "
      "start the run again";
  go_on_without(why, Halt::kill_running);
  for (StageRun* stage : running_) stage->broken({"R101", why});
}

void RunLoop::cancel(std::uint32_t stage, std::span<const std::uint64_t> tasks) {
  stages_[stage].cancel(machine_.now_ns(), tasks);
}

/// Starts, or skips, every stage whose time has come; true if there was one.
bool RunLoop::start_stages() {
  bool any = skip_waiting();
  while (const auto next = waiting_.next()) {
    StageRun& stage = stages_[*next];
    if (workers_for(stage) == 0) break;
    start_or_skip(stage);
    any = true;
    if (stage.plan().finally || !stage.stopped_by_failure()) continue;
    halt_for_failure();
    skip_waiting();
  }
  return any;
}

/// After a halt: ends the stages that have not started, but those with `finally`. True if there was one.
bool RunLoop::skip_waiting() {
  if (!halted_ || waiting_.empty() || std::exchange(skipped_waiting_, true)) return false;
  bool any = false;
  for (StageRun& stage : stages_)
    if (stage.state() == StageRun::State::waiting && !stage.plan().finally) start_or_skip(stage), any = true;
  return any;
}

void RunLoop::start_or_skip(StageRun& stage) {
  const std::int64_t now = machine_.now_ns();
  if (stage.plan().finally) begin_last();
  if (stage.plan().finally ? last_halted_ || hosts_lost_ : halted_.has_value())
    stage.skip(now, Outcome::not_started, (late_.empty() ? "the run was stopped" : late_) + " before it");
  else if (!skip_for_needs(stage) && !skip_for_condition(stage)) {
    StageRun* upstream = stage.plan().streams_from ? &stages_[*stage.plan().streams_from] : nullptr;
    stage.start(now, executors_, upstream, workers_for(stage));
  }
  take_note(stage);
}

/// Whether it is not to run because of how the stages that it needs have ended.
bool RunLoop::skip_for_needs(StageRun& stage) {
  const std::int64_t now = machine_.now_ns();
  const PlannedStage& plan = stage.plan();
  const StageRun* bad = nullptr;
  for (const std::uint32_t needed : plan.needs) {
    // A stream goes on with what its upstream did well; every other need has to have ended well as a whole.
    if (stages_[needed].counts_as_success() || (plan.streams_from == needed && plan.after != After::failure)) continue;
    bad = &stages_[needed];
    break;
  }
  if (plan.after == After::success && bad != nullptr) {
    stage.skip(now, Outcome::skipped,
               fmt::format("it needs stage '{}', which {}", bad->plan().name,
                           bad->outcome() == Outcome::skipped       ? "was skipped"
                           : bad->outcome() == Outcome::not_started ? "has not ended"
                           : bad->outcome() == Outcome::cancelled   ? "was stopped"
                                                                    : "failed"));
    return true;
  }
  if (plan.after == After::failure && bad == nullptr) {
    stage.skip(now, Outcome::left_out, "it runs after a failure, and there was none");
    return true;
  }
  const StageRun* upstream = plan.streams_from ? &stages_[*plan.streams_from] : nullptr;
  if (upstream == nullptr || upstream->state() != StageRun::State::ended || upstream->tasks() != 0 ||
      upstream->counts_as_success())
    return false;
  stage.skip(now, Outcome::skipped,
             fmt::format("it takes its items from stage '{}', which did not run", upstream->plan().name));
  return true;
}

/// Whether its `if` says that it is not to run, or cannot be asked.
bool RunLoop::skip_for_condition(StageRun& stage) {
  if (!stage.plan().condition) return false;
  const Result<bool> holds =
      stage.plan().condition->holds({.params = plan_.params, .results = &results_, .run_id = run_.id});
  if (holds && *holds) return false;
  if (holds)
    stage.skip(machine_.now_ns(), Outcome::left_out, "its 'if' is false");
  else
    stage.skip(machine_.now_ns(), Outcome::failed, holds.error().list.front().message);
  return true;
}

/// Of a stage that has started, or ended.
void RunLoop::take_note(StageRun& stage) {
  const auto at =
      std::lower_bound(running_.begin(), running_.end(), stage.number(),
                       [](const StageRun* other, std::uint32_t number) { return other->number() < number; });
  const bool listed = at != running_.end() && *at == &stage;
  if (stage.state() == StageRun::State::running) {
    if (listed) return;
    running_.insert(at, &stage);
    return waiting_.started(stage.number());
  }
  if (listed) running_.erase(at);
  waiting_.ended(stage.number());
}

/// What -j leaves for it; 0: it has to wait.
unsigned RunLoop::workers_for(const StageRun& stage) const {
  const unsigned wanted = std::max(stage.plan().workers, 1u);
  if (plan_.jobs == 0) return running_.size() < kMaxStages ? wanted : 0;
  std::uint64_t busy = 0;
  for (const StageRun* other : running_) busy += other->at_once();
  if (busy >= plan_.jobs) return 0;
  return std::min(stage.plan().items->fans_out() ? wanted : 1u, static_cast<unsigned>(plan_.jobs - busy));
}

void RunLoop::take_turns() {
  bool failure = false;
  std::vector<StageRun*> ended;
  for (StageRun* stage : running_) {
    stage->turn(machine_.now_ns());
    if (stage->broken() && broken_.empty()) broken_ = stage->broken()->message;
    const bool last = stage->plan().finally, stops = stage->stopped_by_failure();
    if (last && stops) stage->halt(machine_.now_ns(), Halt::start_nothing);  // itself alone
    if (stage->state() == StageRun::State::ended) ended.push_back(stage);
    failure = stops && !last && !halted_;
    if (failure) break;  // the next stage would start something
  }
  for (StageRun* stage : ended) take_note(*stage);
  if (failure) {
    halt_for_failure();
    return take_turns();
  }
  if (!results_.failed().empty() && (!halted_ || *halted_ < Halt::ask_running))
    go_on_without(fmt::format("results cannot be kept: {}", results_.failed()), Halt::ask_running);
}

void RunLoop::halt_for_failure() {
  ends_running_ = plan_.halt && plan_.halt->ends_running;
  halt(Halt::start_nothing);
  if (ends_running_) look_at_stop();
}

/// The run itself is broken: what can still end, ends. The first reason is the one that is reported.
void RunLoop::go_on_without(const std::string& why, Halt how) {
  if (broken_.empty()) broken_ = why;
  halt(how);
}

/// Its stop is that of somebody who asks: the same grace, and the same for stages with `finally`.
void RunLoop::look_at_deadline() {
  if (deadline_at_ns_ == 0 || machine_.timer_ns() < deadline_at_ns_) return;
  if (late_.empty()) late_ = fmt::format("the run's deadline of {} passed", duration_text(plan_.deadline_ns));
}

void RunLoop::look_at_stop() {
  if (!halted_)
    if (const std::string problem = machine_.problem(); !problem.empty()) go_on_without(problem, Halt::start_nothing);
  const int asked = machine_.stop_asked();
  asked_to_stop_ = asked_to_stop_ || asked != 0;
  if (last_begun_) return look_at_stop_of_last(asked);
  if (asked == 0 && late_.empty() && !ends_running_) return;
  if (kill_at_ns_ == 0) kill_at_ns_ = machine_.timer_ns() + run_.grace_ns;
  const bool kill = asked >= static_cast<int>(StopLevel::kill) || machine_.timer_ns() >= kill_at_ns_;
  halt(kill ? Halt::kill_running : Halt::ask_running);
}

void RunLoop::look_at_stop_of_last(int asked) {
  const bool bounded = !late_.empty() || (halted_ && *halted_ >= Halt::ask_running);
  if (kill_last_at_ns_ == 0 && (asked != 0 || bounded)) kill_last_at_ns_ = machine_.timer_ns() + run_.grace_ns;
  const bool killed = asked >= static_cast<int>(StopLevel::kill) && asked > asked_before_last_;
  if (killed || (kill_last_at_ns_ != 0 && machine_.timer_ns() >= kill_last_at_ns_)) halt_last();
}

/// From the first stage with `finally` on.
void RunLoop::begin_last() {
  if (std::exchange(last_begun_, true)) return;
  asked_before_last_ = machine_.stop_asked();
  look_at_stop_of_last(asked_before_last_);
  if (asked_before_last_ >= static_cast<int>(StopLevel::kill_all)) halt_last();
}

void RunLoop::halt_last() {
  if (std::exchange(last_halted_, true)) return;
  const std::vector<StageRun*> running = running_;
  for (StageRun* stage : running) {
    stage->halt(machine_.now_ns(), Halt::kill_running, late_);
    if (stage->state() == StageRun::State::ended) take_note(*stage);
  }
}

void RunLoop::look_for_suspension() {
  const std::int64_t gap = machine_.suspended_ns() - suspended_ns_;
  if (gap < kSuspensionNs) return;
  suspended_ns_ += gap;
  observer_.warning(machine_.now_ns() - run_.begin_ns,
                    {fmt::format("the machine was suspended for {}: nothing of this run counts that time",
                                 duration_text(gap - gap % kSuspensionNs))});
}

void RunLoop::halt(Halt halt) {
  if (halted_ && *halted_ >= halt) return;
  halted_ = halt;
  const std::vector<StageRun*> running = running_;
  for (StageRun* stage : running) {
    if (stage->plan().finally) continue;
    stage->halt(machine_.now_ns(), halt, late_);
    if (stage->state() == StageRun::State::ended) take_note(*stage);
  }
}

std::int64_t RunLoop::look_again_ns() {
  std::int64_t next = next_tick_ns_;
  for (StageRun* stage : running_) next = std::min(next, stage->look_again_ns());
  for (const std::int64_t at_ns : {late_.empty() ? deadline_at_ns_ : 0, next_kill_ns()})
    if (at_ns != 0) next = std::min(next, machine_.when_timer_shows(at_ns));
  return next;
}

/// When tasks are to be killed next, of the timers; 0: never.
std::int64_t RunLoop::next_kill_ns() const {
  if (last_begun_) return last_halted_ ? 0 : kill_last_at_ns_;
  return halted_ == Halt::kill_running ? 0 : kill_at_ns_;
}

void RunLoop::report_end() {
  for (const std::string& warning : executors_.finish())
    observer_.warning(machine_.now_ns() - run_.begin_ns, {warning});
  Outcome outcome = Outcome::succeeded;
  for (const StageRun& stage : stages_)
    if (!stage.counts_as_success()) outcome = Outcome::failed;
  const bool broken = !broken_.empty();
  if (asked_to_stop_ && outcome != Outcome::succeeded) outcome = Outcome::cancelled;
  observer_.run_finished(machine_.now_ns() - run_.begin_ns,
                         {.outcome = outcome,
                          .wall_ns = machine_.now_ns() - run_.begin_ns,
                          .why = broken                          ? broken_
                                 : outcome != Outcome::succeeded ? late_
                                                                 : std::string_view(),
                          .broken = broken});
}

}  // namespace ropewalk
