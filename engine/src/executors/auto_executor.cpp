#include "executors/auto_executor.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace ropewalk {

using auto_rules::Decision;
using auto_rules::Kind;
using auto_rules::Mode;
using auto_rules::Seen;

/// A mode that tasks of the stage run in, or ran in.
struct AutoExecutor::Candidate {
  Mode mode;
  PlannedStage stage;                       // what the executor borrows: the same stage in this mode
  std::unique_ptr<Executor> executor = {};  // null: it has ended
  Seen seen = {};
  std::uint32_t died_unreported = 0, ended_unreported = 0;  // since lately_ was set
  std::int64_t first_started_ns = 0;                        // 0: nothing has begun
  std::int64_t window_from_ns = 0;                          // 0: it does not run alone
  std::uint64_t window_from_attempts = 0;

  std::size_t in_flight() const { return executor ? executor->in_flight() : 0; }
};

/// Hears an executor for the stage, and counts what its attempts say of the mode.
class AutoExecutor::Ear final : public ExecutorListener {
 public:
  Ear(AutoExecutor& owner, Candidate& candidate, ExecutorListener& stage)
      : owner_(owner), candidate_(candidate), stage_(stage) {}

  void started(std::span<const TaskStarted> tasks) override {
    if (candidate_.first_started_ns == 0) candidate_.first_started_ns = owner_.with_.now_ns();
    stage_.started(tasks);
  }
  void ended(std::span<const AttemptResult> tasks) override {
    Seen& seen = candidate_.seen;
    for (const AttemptResult& task : tasks) {
      if (task.started_ns == 0 || task.outcome == Outcome::not_started) continue;
      ++seen.attempts;
      seen.run_ns += task.run_ns;
      seen.cpu_ns += task.cpu_ns;
      if (task.outcome == Outcome::succeeded) {
        seen.bytes += task.payload.size();
        if (task.blob != nullptr && *task.blob != nullptr) seen.bytes += (*task.blob)->bytes().size();
      } else if (ended_its_process(task)) {
        ++seen.died;
        ++candidate_.died_unreported;
      }
      ++candidate_.ended_unreported;
    }
    stage_.ended(tasks);
  }
  void slow(const TaskSlow& task) override { stage_.slow(task); }
  void said(const TaskSaid& said) override { stage_.said(said); }
  void progressed(const TaskProgress& progress) override { stage_.progressed(progress); }
  void output(const TaskOutput& output) override { stage_.output(output); }
  void host_started(std::int32_t pid, std::uint32_t workers) override { stage_.host_started(pid, workers); }
  void host_output(std::int32_t pid, std::string_view text) override { stage_.host_output(pid, text); }
  void host_ended(std::int32_t pid, std::string_view how, HostEnd end) override { stage_.host_ended(pid, how, end); }
  void waited(std::int64_t runnable_wait_ns) override {
    candidate_.seen.core_wait_ns += runnable_wait_ns;
    stage_.waited(runnable_wait_ns);
  }
  void warning(std::string_view text) override { stage_.warning(text); }
  void broken(const Error& error) override { stage_.broken(error); }
  bool stops() const override { return stage_.stops(); }

 private:
  static bool ended_its_process(const AttemptResult& task) {
    switch (task.outcome) {
      case Outcome::crashed:
      case Outcome::exited:
      case Outcome::out_of_memory:
      case Outcome::lost: return true;
      case Outcome::timed_out: return task.ending == Ending::found;
      default: return false;
    }
  }

  AutoExecutor& owner_;
  Candidate& candidate_;
  ExecutorListener& stage_;
};

AutoExecutor::AutoExecutor(ExecutorFactory& executors, const PlannedStage& stage, StageSetting setting,
                           AutoSetting with)
    : executors_(executors), stage_(stage), setting_(std::move(setting)), with_(std::move(with)), since_ns_(0) {}

AutoExecutor::~AutoExecutor() = default;

// --- the modes ---

Result<void> AutoExecutor::open() {
  decision_ = auto_rules::begin(with_.facts);
  if (with_.memory != nullptr && with_.facts.tasks.value_or(2) > 1) remembered_ = with_.memory->find(with_.key);
  if (remembered_) {
    Mode mode = remembered_->mode;
    if (with_.facts.tasks)
      mode.workers = static_cast<std::uint32_t>(std::clamp<std::uint64_t>(*with_.facts.tasks, 1, mode.workers));
    decision_ = {mode, true, "as in an earlier run of this stage", false};
  }
  return use(decision_.mode);
}

/// From now on tasks are dealt to this mode. An error leaves everything as it was.
Result<void> AutoExecutor::use(const Mode& mode) {
  const auto known = std::find_if(candidates_.begin(), candidates_.end(),
                                  [&](const auto& each) { return each->mode == mode && each->executor != nullptr; });
  const std::int64_t now = with_.now_ns();
  std::size_t next = static_cast<std::size_t>(known - candidates_.begin());
  if (known == candidates_.end()) {
    auto candidate = std::make_unique<Candidate>(Candidate{.mode = mode, .stage = stage_});
    candidate->stage.executor = auto_rules::executor_of(mode.kind);
    candidate->stage.workers = mode.workers;
    candidate->stage.per_host = mode.kind == Kind::thread ? mode.workers : 1;
    StageSetting setting = setting_;
    setting.workers = mode.workers;
    if (!candidates_.empty()) setting.started_ns = now;
    auto opened = executors_.open(candidate->stage, std::move(setting));
    if (!opened) return opened.error();
    candidate->executor = std::move(*opened);
    candidates_.push_back(std::move(candidate));
  }
  if (candidates_.size() == 1)
    since_ns_ = setting_.started_ns != 0 ? setting_.started_ns : now;
  else
    workers_time_ += workers_time_of_current(now), since_ns_ = now;
  current_ = next;
  lately_ = {};
  return {};
}

/// Nanoseconds of workers since the current mode is in use.
double AutoExecutor::workers_time_of_current(std::int64_t now_ns) const {
  return static_cast<double>(current().mode.workers) *
         static_cast<double>(std::max<std::int64_t>(now_ns - since_ns_, 0));
}

/// A mode that cannot be opened is not used: the stage goes on as it is.
void AutoExecutor::follow(const Decision& decision, ExecutorListener& listener) {
  if (decision.mode == current().mode) {
    decision_ = decision;
    return;
  }
  const Result<void> used = use(decision.mode);
  if (used) {
    decision_ = decision;
    return;
  }
  decision_ = {current().mode, true, "another mode could not be tried", false};
  listener.warning(used.error().list.front().message);
}

auto_rules::Situation AutoExecutor::situation() const {
  auto_rules::Situation now{.stage = with_.facts};
  for (std::size_t i = first_tried_; i < candidates_.size(); ++i)
    if (i != current_) now.trials.push_back({candidates_[i]->mode, candidates_[i]->seen});
  now.trials.push_back({current().mode, current().seen});
  if (setting_.tasks) now.left = *setting_.tasks - std::min(*setting_.tasks, dealt_);
  if (waits_for_canary()) now.first_running_ns = with_.now_ns() - current().first_started_ns;
  return now;
}

/// Whether the first task in a shared process runs, and it is not known yet whether it is a long one.
bool AutoExecutor::waits_for_canary() const {
  return !decision_.settled && current().mode.kind == Kind::thread && current().first_started_ns != 0 &&
         current().seen.attempts == 0;
}

Seen AutoExecutor::seen_in_all() const {
  Seen all;
  for (std::size_t i = first_tried_; i < candidates_.size(); ++i) {
    all.attempts += candidates_[i]->seen.attempts;
    all.died += candidates_[i]->seen.died;
    all.run_ns += candidates_[i]->seen.run_ns;
    all.cpu_ns += candidates_[i]->seen.cpu_ns;
    all.core_wait_ns += candidates_[i]->seen.core_wait_ns;
  }
  return all;
}

/// The time in which the current mode runs alone.
void AutoExecutor::measure_window(std::int64_t now_ns) {
  Candidate& candidate = current();
  if (candidate.seen.attempts == 0 || in_flight() != candidate.in_flight()) return;
  if (std::exchange(held_back_, false) || candidate.window_from_ns == 0) {
    candidate.window_from_ns = now_ns;
    candidate.window_from_attempts = candidate.seen.attempts;
  }
  candidate.seen.window_ns = now_ns - candidate.window_from_ns;
  candidate.seen.window_attempts = candidate.seen.attempts - candidate.window_from_attempts;
}

/// Also of a settled mode: a crash says something at any time.
void AutoExecutor::look_at_deaths(ExecutorListener& listener) {
  Candidate& candidate = current();
  lately_.add(std::exchange(candidate.ended_unreported, 0), std::exchange(candidate.died_unreported, 0));
  const bool tries_threads = !decision_.settled && candidate.mode.kind == Kind::thread;  // next() says why
  if (tries_threads || (lately_.died == 0 && candidate.mode.kind != Kind::process_per_task)) return;
  if (const std::optional<Decision> decision = auto_rules::after_deaths(with_.facts, candidate.mode, lately_)) {
    remembered_.reset();
    follow(*decision, listener);
  }
}

/// Tasks that are not like those of the earlier run are looked at from the beginning.
void AutoExecutor::look_at_memory(ExecutorListener& listener) {
  if (!remembered_ || !auto_rules::contradicts(*remembered_, with_.facts, current().seen)) return;
  remembered_.reset();
  first_tried_ = candidates_.size();
  const Decision begin = auto_rules::begin(with_.facts);
  const std::size_t before = candidates_.size();
  follow(begin, listener);
  if (candidates_.size() == before) {  // it is in use already
    first_tried_ = current_;
    current().window_from_ns = 0;
    current().seen.window_ns = 0, current().seen.window_attempts = 0;
  }
}

void AutoExecutor::choose(ExecutorListener& listener) {
  if (halted_ || listener.stops()) return;
  looked_ns_ = with_.now_ns();
  look_at_deaths(listener);
  look_at_memory(listener);
  if (decision_.settled) return end_unused(listener);
  measure_window(looked_ns_);
  const Decision decision = auto_rules::next(situation());
  if (decision.settled || decision.mode != decision_.mode) follow(decision, listener);
}

/// Modes that are not used any more return their processes.
void AutoExecutor::end_unused(ExecutorListener& listener) {
  for (std::size_t i = 0; i < candidates_.size(); ++i) {
    Candidate& candidate = *candidates_[i];
    if (i == current_ || !candidate.executor || candidate.in_flight() != 0) continue;
    take_times(candidate, with_.now_ns());
    Ear ear(*this, candidate, listener);
    candidate.executor->finish(ear);
    candidate.executor.reset();
  }
}

// --- the seam ---

std::size_t AutoExecutor::room() {
  if (halted_) return 0;
  Candidate& candidate = current();
  std::uint64_t room = candidate.executor->room();
  const std::size_t mine = candidate.in_flight(), all = in_flight();
  const auto up_to = [&](std::uint64_t most, std::uint64_t have) {
    room = std::min(room, most - std::min(most, have));
  };
  if (all != mine) up_to(candidate.mode.workers, all);
  if (!decision_.settled) {
    const std::uint64_t before = room;
    up_to(auto_rules::at_once(with_.facts, candidate.mode, candidate.seen.attempts), mine);
    held_back_ = held_back_ || room < before;
  }
  return static_cast<std::size_t>(room);
}

void AutoExecutor::deal(std::span<const Deal> tasks) {
  Candidate& candidate = current();
  for (const Deal& task : tasks) {
    dealt_ += task.attempt == 1;
    candidate.seen.bytes += task.params.size();
    for (const auto& blob : task.blobs) candidate.seen.bytes += blob->bytes().size();
  }
  candidate.executor->deal(tasks);
  count_hosts();
}

void AutoExecutor::drain(ExecutorListener& listener, bool more) {
  for (std::size_t i = 0; i < candidates_.size(); ++i) {
    Candidate& candidate = *candidates_[i];
    if (!candidate.executor) continue;
    Ear ear(*this, candidate, listener);
    candidate.executor->drain(ear, more && i == current_);
  }
  count_hosts();
  choose(listener);
}

std::int64_t AutoExecutor::look_again_ns() {
  std::int64_t at = std::numeric_limits<std::int64_t>::max();
  for (const auto& candidate : candidates_)
    if (candidate->executor) at = std::min(at, candidate->executor->look_again_ns());
  const std::int64_t long_at_ns = current().first_started_ns + auto_rules::kLongNs;
  if (waits_for_canary() && !halted_ && long_at_ns > looked_ns_) at = std::min(at, long_at_ns);
  return at;
}

void AutoExecutor::halt(Halt halt, ExecutorListener& listener) {
  halted_ = true;
  for (const auto& candidate : candidates_) {
    if (!candidate->executor) continue;
    Ear ear(*this, *candidate, listener);
    candidate->executor->halt(halt, ear);
  }
}

void AutoExecutor::finish(ExecutorListener& listener) {
  remember();
  for (const auto& candidate : candidates_) {
    if (!candidate->executor) continue;
    Ear ear(*this, *candidate, listener);
    candidate->executor->finish(ear);
  }
}

std::size_t AutoExecutor::in_flight() const {
  std::size_t all = 0;
  for (const auto& candidate : candidates_) all += candidate->in_flight();
  return all;
}

void AutoExecutor::running(std::vector<TaskRunning>& all) const {
  for (const auto& candidate : candidates_)
    if (candidate->executor) candidate->executor->running(all);
}

void AutoExecutor::count_hosts() {
  std::uint32_t hosts = 0;
  for (const auto& candidate : candidates_)
    if (candidate->executor) hosts += candidate->executor->hosts();
  most_hosts_ = std::max(most_hosts_, hosts);
}

// --- what it reports ---

/// The workers of the other modes count as idle at the tail, which times() takes out again.
void AutoExecutor::idle_for(Idle reason, std::int64_t now_ns) {
  for (std::size_t i = 0; i < candidates_.size(); ++i)
    if (candidates_[i]->executor) candidates_[i]->executor->idle_for(i == current_ ? reason : Idle::tail, now_ns);
}

void AutoExecutor::take_times(Candidate& candidate, std::int64_t now_ns) {
  const std::optional<ExecutorTimes> times = candidate.executor->times(now_ns);
  if (!times) return;
  if (!ended_times_) return void(ended_times_ = times);
  ExecutorTimes& sum = *ended_times_;
  sum.slots.total += times->slots.total;
  sum.slots.run += times->slots.run;
  sum.slots.residual += times->slots.residual;
  for (std::size_t i = 0; i < kIdleReasons; ++i) sum.slots.idle[i] += times->slots.idle[i];
  sum.cpu_ns += times->cpu_ns;
  sum.user_ns += times->user_ns;
  sum.system_ns += times->system_ns;
  sum.core_wait_ns += times->core_wait_ns;
  sum.attempts += times->attempts;
  sum.starts_each = sum.starts_each || times->starts_each;
  if (times->last && (!sum.last || times->last->ended_ns > sum.last->ended_ns)) sum.last = times->last;
}

/// The workers of a mode are the stage's only while it is in use. What its executor counted beyond that is idle time
/// that was none.
std::optional<ExecutorTimes> AutoExecutor::times(std::int64_t now_ns) {
  for (const auto& candidate : candidates_)
    if (candidate->executor) take_times(*candidate, now_ns);
  if (!ended_times_) return std::nullopt;
  SlotTimes& slots = ended_times_->slots;
  const double total = workers_time_ + workers_time_of_current(now_ns);
  double beyond = slots.total - total;
  for (const Idle reason : {Idle::tail, Idle::dispatch, Idle::start, Idle::starved, Idle::retry}) {
    double& idle = slots.idle[static_cast<std::size_t>(reason)];
    const double taken = std::clamp(beyond, 0.0, idle);
    idle -= taken;
    beyond -= taken;
  }
  slots.total = total;
  slots.residual -= beyond;
  return ended_times_;
}

std::optional<AutoChoice> AutoExecutor::choice() const {
  AutoChoice choice{.executor = std::string(auto_rules::executor_of(current().mode.kind)),
                    .workers = current().mode.workers,
                    .why = decision_.settled ? decision_.why : "the stage ended before modes could be compared",
                    .remembered = remembered_.has_value()};
  for (const auto& candidate : candidates_) {
    if (candidate->seen.attempts == 0) continue;
    const std::string executor(auto_rules::executor_of(candidate->mode.kind));
    const auto same = [&](const ModeEvidence& mode) {
      return mode.executor == executor && mode.workers == candidate->mode.workers;
    };
    auto mode =
        std::find_if(choice.modes.begin(), choice.modes.end(), same);  // a mode may have been left and taken again
    if (mode == choice.modes.end())
      mode = choice.modes.insert(mode, {.executor = executor, .workers = candidate->mode.workers});
    mode->attempts += candidate->seen.attempts;
    mode->died += candidate->seen.died;
    mode->run_s += static_cast<double>(candidate->seen.run_ns) / 1e9;
    mode->cpu_s += static_cast<double>(candidate->seen.cpu_ns) / 1e9;
    mode->bytes += candidate->seen.bytes;
  }
  return choice;
}

void AutoExecutor::remember() const {
  if (with_.memory == nullptr || halted_ || !decision_.settled || !decision_.lasts) return;
  const Seen all = seen_in_all();
  if (all.attempts != 0) with_.memory->keep(with_.key, {decision_.mode, all.cpu_share(), all.mean_ns()});
}

}  // namespace ropewalk
