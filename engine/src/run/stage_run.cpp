#include "run/stage_run.hpp"

#include "base/failpoint.hpp"
#include "base/text.hpp"
#include "executors/varied_executor.hpp"
#include "run/ledger_of.hpp"
#include "values/shown_value.hpp"

#include <ropewalk/executors.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <limits>

namespace ropewalk {
namespace {

constexpr std::size_t kSpan = 1024;                  // tasks dispatched at once
constexpr std::int64_t kLongEnoughNs = 100'000'000;  // to say how many cores were idle: the kernel counts 10 ms
constexpr std::int64_t kListAgain_ns = 5'000'000;    // when there may be further items

/// How many workers share an interpreter of Python; 0: the plugin is a library.
unsigned threads_of_interpreter(const PlannedStage& stage, const std::optional<AutoChoice>& choice) {
  if (!stage.plugin || stage.plugin->interpreter.empty()) return 0;
  if (!choice) return stage.per_host;
  const ExecutorKind* const kind = find_executor(choice->executor);
  return kind != nullptr && kind->threads ? choice->workers : 1;
}

}  // namespace

StageRun::StageRun(const Plan& plan, std::uint32_t number, const RunSetting& run, Machine& machine,
                   ResultStore& results, EngineTime& engine, Observer& observer)
    : context_{plan.stages[number], number, plan.params, plan.redaction.get(), run, machine, results, observer},
      engine_(engine),
      retries_(context_.stage.retries),
      queue_(tasks_, retries_),
      ends_(context_, tasks_, queue_, keys_, files_, retries_, downstreams_) {}

bool StageRun::counts_as_success() const {
  if (state_ != State::ended) return false;
  if (verdict_.outcome == Outcome::succeeded || verdict_.outcome == Outcome::left_out) return true;
  // Failures of its own.
  return plan().on_error == OnError::ignore && verdict_.outcome == Outcome::failed && !verdict_.starved;
}

bool StageRun::stopped_by_failure() const {
  if (plan().on_error != OnError::stop) return false;
  const bool of_tasks = tasks_.counts().failed != 0;
  return context_.has_too_many_failures(tasks_.counts().failed) || !queue_.unlisted().empty() || broken_ ||
         (state_ == State::ended && verdict_.outcome == Outcome::failed && !of_tasks && !verdict_.starved);
}

// --- from its start to its end ---

void StageRun::skip(std::int64_t now_ns, Outcome outcome, std::string why) {
  assert(state_ == State::waiting);
  context_.now_ns = now_ns;
  end({outcome, std::move(why)}, 0, 0);
}

void StageRun::start(std::int64_t now_ns, ExecutorFactory& executors, StageRun* upstream, unsigned workers) {
  assert(state_ == State::waiting);
  context_.now_ns = started_ns_ = now_ns;
  started_timer_ns_ = context_.machine.timer_ns();
  ends_.stage_started(now_ns);
  state_ = State::running;
  upstream_ = upstream;
  workers_ = workers;
  (void)ROPEWALK_FAILPOINT("stage.start");
  const Result<void> opened = open(executors);
  observer().stage_started(t_ns(), {.stage = number(),
                                    .name = plan().name,
                                    .task = plan().task,
                                    .executor = plan().executor,
                                    .workers = workers_,
                                    .tasks = listed() ? tasks_.size() : 0});
  if (!opened) return end({Outcome::failed, opened.error().list.front().message}, 0, 0);
  engine_.stage_started(number());
  idle_before_ns_ = context_.machine.idle_cores_ns();
  if (upstream_ != nullptr) return join_upstream();
  if (items_ == nullptr) return;
  if (const std::string why = items_->remark(); !why.empty())
    context_.warn(fmt::format("stage '{}': {}", plan().name, why));
}

Result<void> StageRun::open(ExecutorFactory& executors) {
  std::unique_ptr<ItemList> items;
  std::uint64_t tasks = 0;
  if (context_.run.submitted != nullptr) {
    queue_.open_submitted(*context_.run.submitted);
  } else if (upstream_ != nullptr) {
    queue_.open_stream();
    tasks = upstream_->tasks();
  } else {
    Result<std::unique_ptr<ItemList>> opened = plan().items->open(context_.scope());
    if (!opened) return opened.error();
    items = std::move(*opened);
    items_ = items.get();
    queue_.open(*items);
    tasks = items->size();
  }
  StageSetting setting{.run_id = context_.run.id,
                       .constants = {},
                       .varying = {},
                       .tasks = listed() ? std::optional(tasks) : std::nullopt,
                       .workers = workers_,
                       .started_ns = started_ns_,
                       .grace_ns = context_.run.grace_ns};
  if (context_.run.submitted != nullptr)
    span_.open_made(context_, setting);
  else if (const Result<void> made = span_.open(context_, setting); !made)
    return made.error();
  if (context_.run.keys) {
    keys_.open(context_, setting);
    files_.open(context_);
  }
  Result<std::unique_ptr<Executor>> executor = plan().by_attempt
                                                   ? VariedExecutor::open(executors, plan(), std::move(setting))
                                                   : executors.open(plan(), std::move(setting));
  if (!executor) {
    broken_ = executor.error().list.front();
    return executor.error();
  }
  executor_ = std::move(*executor);
  queue_.grow(tasks);
  keys_.grow(tasks);
  context_.results.open(number(), tasks, std::move(items));
  return {};
}

/// Takes up what its upstream has done already; the rest comes as it happens.
void StageRun::join_upstream() {
  for (std::uint64_t index = 0; index < tasks_.size(); ++index) {
    if (upstream_->tasks_.state(index) != TaskState::ended) continue;
    const bool good = context_.results.has_value(upstream_->number(), index);
    upstream_task_ended(context_.now_ns, index, good ? Outcome::succeeded : Outcome::failed);
  }
  upstream_->downstreams_.push_back(this);
}

void StageRun::turn(std::int64_t now_ns) {
  if (state_ != State::running) return;
  context_.now_ns = now_ns;
  timer_ns_ = context_.machine.timer_ns();
  context_.known = listed() ? tasks_.size() : 0;
  if (context_.run.submitted != nullptr) list_more();
  executor_->drain(*this, queue_.has_next(timer_ns_) && !halted_);
  hosts_ = std::max(hosts_, executor_->hosts());
  look_at_deadline();  // after what has ended in time
  if (state_ != State::running) return;
  dispatch();
  hosts_ = std::max(hosts_, executor_->hosts());
  finish_if_done();
  if (state_ != State::running) return;
  const std::int64_t done_ns = context_.machine.now_ns();
  executor_->idle_for(idle_reason(), done_ns);
  engine_.turned(number(), done_ns - now_ns);
}

/// Why a worker that has no task is idle now, as far as the stage knows.
Idle StageRun::idle_reason() const {
  if (!may_dispatch()) return Idle::tail;
  if (queue_.has_next(timer_ns_)) return Idle::dispatch;
  if (queue_.awaits_items()) return Idle::starved;
  const std::uint64_t to_come = tasks_.left() - std::min<std::uint64_t>(tasks_.left(), executor_->in_flight());
  if (to_come > retries_.waiting()) return Idle::starved;
  return to_come != 0 ? Idle::retry : listed() ? Idle::tail : Idle::starved;
}

/// Before the executor finishes.
std::optional<StageLedger> StageRun::ledger() {
  const std::optional<std::int64_t> engine_ns = engine_.stage_ended(number());
  const std::optional<ExecutorTimes> times = executor_->times(context_.now_ns);
  if (!times) return std::nullopt;
  const std::optional<AutoChoice> choice = executor_->choice();
  StageLedger ledger = ledger_of(*times, choice ? choice->workers : workers_, engine_ns);
  ledger.cores = context_.run.cores;
  const std::int64_t wall_ns = context_.now_ns - started_ns_;
  if (idle_before_ns_ && wall_ns >= kLongEnoughNs)
    if (const auto idle_ns = context_.machine.idle_cores_ns())
      ledger.idle_cores = static_cast<double>(*idle_ns - *idle_before_ns_) / static_cast<double>(wall_ns);
  if (const unsigned threads = threads_of_interpreter(plan(), choice); threads > 1)
    ledger.interpreter_threads = threads;
  if (upstream_ != nullptr) ledger.fed_by = upstream_->plan().name;
  if (ledger.last_task) ledger.last_task->item = shown(context_.results.item_of(number(), ledger.last_task->index));
  return ledger;
}

/// When its deadline is due next: to ask its tasks to stop, then to kill them.
std::int64_t StageRun::deadline_at_ns() const {
  const bool killed = halted_ && *halted_ == Halt::kill_running;
  if (plan().deadline_ns == 0 || killed) return std::numeric_limits<std::int64_t>::max();
  const bool asked = halted_ && *halted_ == Halt::ask_running;
  return started_timer_ns_ + plan().deadline_ns + (asked ? context_.run.grace_ns : 0);
}

void StageRun::look_at_deadline() {
  if (timer_ns_ < deadline_at_ns()) return;
  const bool asked = halted_ && *halted_ == Halt::ask_running;
  stopped_alone_ = stopped_alone_ || !halted_;
  halt(context_.now_ns, asked ? Halt::kill_running : Halt::ask_running,
       fmt::format("the stage's deadline of {} passed", duration_text(plan().deadline_ns)));
}

std::string StageRun::stopped_before() const {
  return context_.late.empty() ? std::string(kStoppedBefore) : context_.late + " before it";
}

void StageRun::halt(std::int64_t now_ns, Halt halt, std::string_view late) {
  if (state_ != State::running || (halted_ && *halted_ >= halt)) return;
  context_.now_ns = now_ns;
  halted_ = halt;
  if (context_.late.empty()) context_.late = late;
  stop_listing();
  ends_.waiting_tries();
  executor_->halt(halt, *this);
  // A stream's tasks whose upstream still runs end when that does; everything else that was not dispatched ends now.
  ends_.all_in(TaskState::ready, stopped_before());
  queue_.clear();
  finish_if_done();
}

void StageRun::broken(const Error& error) {
  if (broken_) return;
  broken_ = error;
  for (const std::string& note : error.notes) broken_->message += "; " + note;
  stop_listing();
  ends_.waiting_tries();
  for (const TaskState state : {TaskState::pending, TaskState::ready, TaskState::dispatched, TaskState::waiting})
    ends_.all_in(state, "the stage could not go on");
  queue_.clear();
}

void StageRun::cancel(std::int64_t now_ns, std::span<const std::uint64_t> tasks) {
  if (state_ != State::running) return;
  context_.now_ns = now_ns;
  list_more();
  std::vector<std::uint64_t> dispatched;
  for (const std::uint64_t index : tasks) {
    if (index >= tasks_.size()) continue;
    if (tasks_.state(index) == TaskState::dispatched)
      dispatched.push_back(index);
    else if (tasks_.state(index) != TaskState::ended)
      ends_.cancel(index);
  }
  if (dispatched.empty()) return;
  executor_->cancel(dispatched, *this);
  for (const std::uint64_t index : dispatched)  // its attempt had failed just before
    if (tasks_.state(index) == TaskState::waiting) ends_.cancel(index);
}

/// Nothing that could still happen would end its last tasks. Only a mistake in the engine does that.
bool StageRun::has_lost_tasks() const {
  return tasks_.left() != 0 && !broken_ && queue_.is_empty() && retries_.waiting() == 0;
}

void StageRun::finish_if_done() {
  if (state_ != State::running || !listed()) return;
  if (executor_->in_flight() != 0 && !broken_) return;
  if (upstream_ != nullptr && upstream_->state_ != State::ended) return;
  if (has_lost_tasks())
    broken({"",  // no code: nothing that a user can correct
            fmt::format("stage '{}' has lost track of {} of its {} tasks: an error in the engine", plan().name,
                        tasks_.left(), tasks_.size())});
  if (tasks_.left() != 0) return;
  const std::int64_t turn_began_ns = context_.now_ns;
  context_.now_ns = context_.machine.now_ns();  // its last tasks may have ended since the turn began
  engine_.turned(number(), context_.now_ns - turn_began_ns);
  ledger_ = ledger();
  choice_ = executor_->choice();
  executor_->finish(*this);
  executor_.reset();
  span_.release();
  files_.release();
  ends_.release();
  const bool upstream_failed =
      upstream_ != nullptr && !upstream_->counts_as_success() && upstream_->plan().on_error != OnError::ignore;
  end(judge({.tasks = tasks_.counts(),
             .left = ends_.left(),
             .broken = broken_ ? std::string_view(broken_->message) : std::string_view(),
             .unlisted = queue_.unlisted(),
             .late = context_.late,
             .own_deadline = stopped_alone_,
             .failed_upstream = upstream_failed ? std::string_view(upstream_->plan().name) : std::string_view()}),
      tasks_.size(), context_.now_ns - started_ns_);
}

/// -> ended.
void StageRun::end(StageVerdict verdict, std::uint64_t tasks, std::int64_t wall_ns) {
  (void)ROPEWALK_FAILPOINT("stage.end");
  state_ = State::ended;
  verdict_ = std::move(verdict);
  context_.results.close(number(), verdict_.outcome, tasks_.counts());
  observer().stage_finished(t_ns(), {.stage = number(),
                                     .name = plan().name,
                                     .outcome = verdict_.outcome,
                                     .tasks = tasks,
                                     .hosts = hosts_,
                                     .wall_ns = wall_ns,
                                     .runnable_wait_ns = runnable_wait_ns_,
                                     .why = verdict_.why,
                                     .counts = tasks_.counts(),
                                     .ledger = ledger_,
                                     .choice = choice_});
}

// --- its tasks ---

/// Looks for items that were not known yet.
void StageRun::list_more() {
  if (queue_.is_listed()) return;
  const std::uint64_t known = queue_.list_more();
  if (known > tasks_.size()) grow(known);
  if (!queue_.unlisted().empty()) context_.warn(fmt::format("stage '{}': {}", plan().name, queue_.unlisted()));
  if (queue_.is_listed()) report_listed();
}

/// What is not listed yet never will be. A task that was submitted already is listed, so that it has an end.
void StageRun::stop_listing() {
  if (queue_.is_listed()) return;
  if (context_.run.submitted != nullptr) {
    context_.run.submitted->close();
    return list_more();
  }
  queue_.stop_listing();
  report_listed();
}

void StageRun::report_listed() {
  observer().stage_listed(t_ns(), {.stage = number(), .name = plan().name, .tasks = tasks_.size()});
  for (Downstream* stream : downstreams_) stream->upstream_listed();
}

void StageRun::grow(std::uint64_t tasks) {
  queue_.grow(tasks);
  keys_.grow(tasks);
  context_.results.grow(number(), tasks);
  for (Downstream* stream : downstreams_) stream->upstream_grew(tasks);
}

void StageRun::upstream_task_ended(std::int64_t now_ns, std::uint64_t index, Outcome outcome) {
  context_.now_ns = now_ns;
  if (state_ != State::running || tasks_.state(index) == TaskState::ended) return;
  const bool goes_on = !halted_ && !broken_;
  if (outcome == Outcome::succeeded && goes_on) return queue_.ready(index, now_ns);
  const bool stopped = outcome == Outcome::not_started || outcome == Outcome::cancelled;
  if ((stopped && !upstream_->stopped_alone()) || !goes_on)
    return ends_.without_attempt(index, Outcome::not_started, stopped_before());
  ends_.without_attempt(
      index, Outcome::skipped,
      fmt::format("its item is the result of {}/{}, which did not succeed", upstream_->plan().name, index));
}

void StageRun::dispatch() {
  while (may_dispatch()) {
    const std::size_t room = std::min(executor_->room(), kSpan);
    if (room == 0) return;
    list_more();
    if (!fill_span(room)) return;
  }
}

/// Dispatches the next tasks. False: there are none, or a failure stops the run.
bool StageRun::fill_span(std::size_t room) {
  span_.begin(room);
  Value item;
  std::string problem;
  std::uint32_t attempt = 0;
  Scope scope = context_.scope();
  scope.item = &item;
  bool any = false;
  while (span_.size() < room && queue_.next(timer_ns_, scope.index, attempt)) {
    any = true;
    if (ROPEWALK_FAILPOINT("stage.drop_task") != 0) continue;  // as a mistake in the scheduler would
    const auto failed_on = attempt > 1 ? retries_.failed_on(scope.index) : std::span<const std::int32_t>();
    if (context_.run.submitted != nullptr) {
      span_.add_made(scope.index, attempt, failed_on, context_.run.submitted->parameters(scope.index));
      tasks_.move(scope.index, TaskState::dispatched);
      continue;
    }
    PreviousAttempt previous;
    scope.attempt = attempt;
    scope.previous = nullptr;
    if (const RetryBook::LastTry* const last = attempt > 1 ? retries_.last(scope.index) : nullptr) {
      previous = {.outcome = outcome_name(last->outcome), .message = last->message, .exit_code = last->exit_code};
      scope.previous = &previous;
    }
    const bool needs_item = span_.needs_items() || files_.needs_items() || keys_.needs_items();
    if ((!needs_item || read_item(scope.index, item, problem)) && (!files_.wanted() || files_.take(scope, problem)) &&
        span_.add(scope, attempt, failed_on, problem) && take_own_values(scope, problem)) {
      // A task keeps the key of its first attempt, whatever the parameters of later ones are.
      if (context_.run.keys && attempt == 1) keys_.set(span_.last(), needs_item ? &item : nullptr);
      if (context_.run.kept != nullptr && attempt == 1 && ends_.keep(scope.index)) {
        span_.drop_last();
        continue;
      }
      tasks_.move(scope.index, TaskState::dispatched);
      continue;
    }
    // If this failure stops the run, tasks that were prepared before it are dispatched, and none after it.
    if (plan().on_error == OnError::stop) dispatch_span();
    ends_.without_attempt(scope.index, Outcome::failed, problem, 1);
    if (stopped_by_failure()) return false;
    if (plan().on_error == OnError::stop) return true;  // the span was dispatched
  }
  dispatch_span();
  return any;
}

/// Of an attempt that differs from the first. False: they cannot be made.
bool StageRun::take_own_values(const Scope& scope, std::string& problem) {
  if (!plan().by_attempt || scope.attempt == 1) return true;
  AttemptValues own{.limits = plan().limits, .timeout_ns = plan().timeout_ns, .env = plan().env};
  if (!plan().by_attempt->make(scope, own, problem)) return span_.drop_last(), false;
  span_.set_own(std::move(own));
  return true;
}

void StageRun::dispatch_span() {
  if (span_.size() == 0) return;
  (void)ROPEWALK_FAILPOINT("stage.before_dispatch");
  executor_->deal(span_.tasks());
  (void)ROPEWALK_FAILPOINT("stage.after_dispatch");
}

bool StageRun::read_item(std::uint64_t index, Value& item, std::string& problem) const {
  if (upstream_ == nullptr) return items_->read(index, item, problem);
  item = context_.results.value(upstream_->number(), index);
  return true;
}

// --- what it reports ---

void StageRun::host_started(std::int32_t pid, std::uint32_t workers) {
  (void)ROPEWALK_FAILPOINT("stage.host_started");
  observer().host_started(t_ns(), {number(), pid, workers});
}

std::int64_t StageRun::look_again_ns() {
  const std::int64_t due_ns = std::min(retries_.next_due_ns(), deadline_at_ns());
  const std::int64_t next = std::min(executor_->look_again_ns(), context_.machine.when_timer_shows(due_ns));
  return queue_.looks_for_items() ? std::min(next, context_.now_ns + kListAgain_ns) : next;
}

void StageRun::ended(std::span<const AttemptResult> tasks) {
  (void)ROPEWALK_FAILPOINT("stage.before_ends");
  ends_.attempts(tasks, timer_ns_, may_dispatch());
  (void)ROPEWALK_FAILPOINT("stage.after_ends");
  if (progress_.empty()) return;
  for (const AttemptResult& task : tasks) progress_.ended(task.task);
}

void StageRun::progressed(const TaskProgress& progress) {
  const bool runs = progress.index < tasks_.size() && tasks_.state(progress.index) == TaskState::dispatched &&
                    retries_.expects(progress.index, progress.attempt);
  if (runs && progress_.take(progress)) observer().task_progress(t_ns(), number(), progress);
}

void StageRun::report_running() {
  if (state_ != State::running) return;
  std::vector<TaskRunning> running;
  executor_->running(running);
  const std::int64_t since_begin_ns = context_.machine.now_ns() - context_.run.begin_ns;
  observer().tasks_running(since_begin_ns, number(), running);
  progress_.pass_on_held(
      [&](const TaskProgress& progress) { observer().task_progress(since_begin_ns, number(), progress); });
  const std::size_t waiting = retries_.waiting();
  const std::int64_t next_in_ns = waiting == 0 ? 0 : retries_.next_due_ns() - context_.machine.timer_ns();
  observer().tasks_waiting(since_begin_ns, number(),
                           {.count = waiting, .next_in_ns = std::max<std::int64_t>(next_in_ns, 0)});
}

}  // namespace ropewalk
