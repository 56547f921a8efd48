#include "run/stage_run.hpp"

#include "values/shown_value.hpp"
#include "events/task_name.hpp"
#include "protocol/fields.hpp"
#include "plan/outputs.hpp"

#include <ropewalk/codes.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cassert>

namespace ropewalk {
namespace {

constexpr std::size_t kSpan = 1024;                // tasks dealt, or told, at once
constexpr std::uint64_t kListedAhead = 16'384;     // items, of those that are dealt
constexpr std::int64_t kListAgain_ns = 5'000'000;  // when there may be further ones

}  // namespace

StageRun::StageRun(const Plan& plan, std::uint32_t number, Machine& machine, ResultStore& results, Observer& observer, std::int64_t begin_ns)
    : stage_(plan.stages[number]), number_(number), params_of_run_(plan.params), machine_(machine), results_(results), observer_(observer),
      begin_ns_(begin_ns), retries_(stage_.retries) {}

bool StageRun::counts_as_success() const {
  if (state_ != State::ended) return false;
  if (outcome_ == Outcome::succeeded || outcome_ == Outcome::left_out) return true;
  return stage_.on_error == OnError::ignore && outcome_ == Outcome::failed && !starved_;  // failures of its own
}

bool StageRun::stopped_by_failure() const {
  const bool failed = tasks_.counts().failed != 0 || !unlisted_.empty() || broken_ || (state_ == State::ended && outcome_ == Outcome::failed && !starved_);
  return failed && stage_.on_error == OnError::stop;
}

void StageRun::skip(std::int64_t now_ns, Outcome outcome, std::string why) {
  assert(state_ == State::waiting);
  now_ns_ = now_ns;
  state_ = State::ended;
  outcome_ = outcome;
  why_ = std::move(why);
  results_.close(number_, outcome_);
  observer_.stage_finished(since_begin(), {.stage = number_, .name = stage_.name, .outcome = outcome_, .tasks = 0, .hosts = 0, .wall_ns = 0, .runnable_wait_ns = 0, .why = why_});
}

void StageRun::start(std::int64_t now_ns, const RunSetting& run, ExecutorFactory& executors, StageRun* upstream, unsigned workers) {
  assert(state_ == State::waiting);
  now_ns_ = started_ns_ = now_ns;
  state_ = State::running;
  workers_ = workers;
  if (!open(run, executors, upstream)) {
    observer_.stage_started(since_begin(), {.stage = number_, .name = stage_.name, .task = stage_.task, .executor = stage_.executor, .workers = workers_, .tasks = 0});
    state_ = State::ended;
    outcome_ = Outcome::failed;
    why_ = unopened_->message;
    results_.close(number_, outcome_);
    observer_.stage_finished(since_begin(), {.stage = number_, .name = stage_.name, .outcome = outcome_, .tasks = 0, .hosts = 0, .wall_ns = 0, .runnable_wait_ns = 0, .why = why_});
    return;
  }
  observer_.stage_started(since_begin(), {.stage = number_, .name = stage_.name, .task = stage_.task, .executor = stage_.executor, .workers = workers_, .tasks = listed() ? tasks_.size() : 0});
  if (upstream_ == nullptr) {
    if (const std::string why = items_->remark(); !why.empty()) warning(fmt::format("stage '{}': {}", stage_.name, why));
    return;
  }
  // What its upstream has done already; the rest comes as it happens.
  for (std::uint64_t index = 0; index < tasks_.size(); ++index) {
    if (upstream_->tasks_.state(index) != TaskState::ended) continue;
    const bool good = !results_.value(upstream_->number_, index).is_null();
    upstream_ended(index, good ? Outcome::succeeded : Outcome::failed);
  }
  upstream_->downstream_.push_back(this);
}

bool StageRun::open(const RunSetting& run, ExecutorFactory& executors, StageRun* upstream) {
  run_id_ = run.id;
  report_results_ = run.report_results;
  const Scope scope{.params = params_of_run_, .results = &results_, .run_id = run_id_};
  std::unique_ptr<ItemList> items;
  std::uint64_t total = 0;
  upstream_ = upstream;
  if (upstream_ != nullptr) {
    total = upstream_->tasks();
    ready_since_ns_.resize(total);
  } else {
    Result<std::unique_ptr<ItemList>> opened = stage_.items->open(scope);
    if (!opened) {
      unopened_ = opened.error().list.front();
      return false;
    }
    items = std::move(*opened);
    items_ = items.get();
    listed_ = items_->complete();
    total = items_->size();
  }
  Result<std::vector<Value>> constants = stage_.parameters->constants(scope);
  if (!constants) {
    unopened_ = constants.error().list.front();
    return false;
  }
  std::vector<Type> types;
  for (const Field& field : stage_.type().params) types.push_back(field.type);
  StageSetting setting{.run_id = run.id, .constants = {}, .varying = {}, .tasks = listed() ? std::optional(total) : std::nullopt, .workers = workers_, .grace_ns = run.grace_ns};
  for (const std::uint32_t position : stage_.parameters->varying()) {
    setting.varying.push_back(position);
    varying_types_.push_back(types[position]);
    (*constants)[position] = Value();
  }
  board::encode_fields(types, *constants, setting.constants, &setting.blobs);
  values_.resize(varying_types_.size());
  if (std::all_of(varying_types_.begin(), varying_types_.end(), [](Type type) { return type == Type::integer; })) ints_.emplace(varying_types_.size());
  Result<std::unique_ptr<Executor>> executor = executors.open(stage_, std::move(setting));
  if (!executor) {
    unopened_ = broken_ = executor.error().list.front();
    return false;
  }
  executor_ = std::move(*executor);
  tasks_.grow(total, first_state());
  results_.open(number_, total, std::move(items));
  return true;
}

/// Looks for items that were not known yet.
void StageRun::list_more() {
  if (next_ + kListedAhead / 2 <= tasks_.size()) return;
  const bool readable = items_->grow(next_ + kListedAhead, unlisted_);
  listed_ = !readable || items_->complete();
  if (items_->size() > tasks_.size()) grow(items_->size());
  if (!readable) warning(fmt::format("stage '{}': {}", stage_.name, unlisted_));
  if (listed_) report_listed();
}

void StageRun::report_listed() {
  observer_.stage_listed(since_begin(), {.stage = number_, .name = stage_.name, .tasks = tasks_.size()});
  for (StageRun* stream : downstream_) stream->report_listed();
}

void StageRun::grow(std::uint64_t total) {
  tasks_.grow(total, first_state());
  if (upstream_ != nullptr) ready_since_ns_.resize(total);
  results_.grow(number_, total);
  for (StageRun* stream : downstream_) stream->grow(total);
}

void StageRun::upstream_ended(std::uint64_t index, Outcome outcome) {
  if (state_ != State::running || tasks_.state(index) == TaskState::ended) return;
  if (outcome == Outcome::succeeded && !halted_ && !broken_) {
    tasks_.move(index, TaskState::ready);
    ready_.push_back(index);
    ready_since_ns_[index] = now_ns_;
  } else if (outcome == Outcome::not_started || outcome == Outcome::cancelled || halted_ || broken_) {
    end_undealt(index, Outcome::not_started, kStoppedBefore);
  } else {
    end_undealt(index, Outcome::skipped, fmt::format("its item is the result of {}/{}, which did not succeed", upstream_->stage_.name, index));
  }
}

bool StageRun::next_ready(std::uint64_t& index, std::uint32_t& attempt) {
  if (retries_.take_due(timer_ns_, index, attempt)) return true;
  attempt = 1;
  if (upstream_ == nullptr) {
    if (!listed_) list_more();
    if (next_ >= tasks_.size()) return false;
    index = next_++;
    return true;
  }
  if (ready_.empty()) return false;
  index = ready_.front();
  ready_.pop_front();
  return true;
}

void StageRun::deal() {
  while (!halted_ && !broken_ && !stopped_by_failure()) {
    const std::size_t room = std::min(executor_->room(), kSpan);
    if (room == 0) return;
    if (deals_.size() < room) deals_.resize(room);
    params_.clear();
    params_blobs_.clear();
    Value item;
    std::string problem;
    Scope scope{.params = params_of_run_, .results = &results_, .item = &item, .run_id = run_id_};
    std::size_t made = 0;
    bool any = false;
    while (made < room && next_ready(scope.index, deals_[made].attempt)) {
      any = true;
      Deal& deal = deals_[made];
      deal.task = scope.index;
      deal.failed_on = deal.attempt > 1 ? retries_.failed_on(scope.index) : std::span<const std::int32_t>();
      if (!varying_types_.empty()) {
        if (upstream_ != nullptr) item = results_.value(upstream_->number_, scope.index);
        if ((upstream_ == nullptr && !items_->read(scope.index, item, problem)) || !make_params(scope, deal, problem)) {
          // If this failure stops the run, tasks that were prepared before it are dealt, and none after it.
          const bool stops = stage_.on_error == OnError::stop;
          if (stops && made != 0) executor_->deal({deals_.data(), made});
          end_undealt(scope.index, Outcome::failed, problem, 1);
          if (stops) return;
          continue;
        }
      }
      tasks_.move(deal.task, TaskState::dispatched);
      ++made;
    }
    if (made != 0) executor_->deal({deals_.data(), made});
    if (!any) return;
  }
}

bool StageRun::make_params(const Scope& scope, Deal& deal, std::string& problem) {
  if (ints_ && stage_.parameters->ints(scope, ints_->values())) {
    deal.params = params_.keep(ints_->bytes());
    deal.blobs = {};
    return true;
  }
  if (!stage_.parameters->make(scope, values_, problem)) return false;
  encoded_.clear();
  board::Blobs& blobs = params_blobs_.emplace_back();
  board::encode_fields(varying_types_, values_, encoded_, &blobs);
  deal.params = params_.keep(encoded_);
  deal.blobs = blobs;
  return true;
}

void StageRun::turn(std::int64_t now_ns) {
  if (state_ != State::running) return;
  now_ns_ = now_ns;
  timer_ns_ = machine_.timer_ns();
  const bool more = (upstream_ == nullptr ? next_ < tasks_.size() : !ready_.empty()) || retries_.next_due_ns() <= timer_ns_;
  executor_->drain(*this, more && !halted_);
  hosts_ = std::max(hosts_, executor_->hosts());
  deal();
  hosts_ = std::max(hosts_, executor_->hosts());
  finish_if_done();
}

std::int64_t StageRun::look_again_ns() {
  const std::int64_t next = std::min(executor_->look_again_ns(), machine_.when_timer_shows(retries_.next_due_ns()));
  return listed_ || next_ < tasks_.size() ? next : std::min(next, now_ns_ + kListAgain_ns);
}

void StageRun::report_running() const {
  if (state_ != State::running) return;
  std::vector<TaskRunning> running;
  executor_->running(running);
  const std::int64_t since_begin_ns = machine_.now_ns() - begin_ns_;
  observer_.tasks_running(since_begin_ns, number_, running);
  const std::size_t waiting = retries_.waiting();
  observer_.tasks_waiting(since_begin_ns, number_, {.count = waiting, .next_in_ns = waiting == 0 ? 0 : std::max<std::int64_t>(retries_.next_due_ns() - machine_.timer_ns(), 0)});
}

void StageRun::halt(std::int64_t now_ns, Halt halt) {
  if (state_ != State::running || (halted_ && *halted_ >= halt)) return;
  now_ns_ = now_ns;
  halted_ = halt;
  stop_listing();
  end_waiting_tries();
  executor_->halt(halt, *this);
  // A stream's tasks whose upstream still runs end when that does; everything else that was not dealt ends now.
  while (upstream_ == nullptr && next_ < tasks_.size()) end_undealt(next_++, Outcome::not_started, kStoppedBefore);
  for (const std::uint64_t index : ready_) end_undealt(index, Outcome::not_started, kStoppedBefore);
  ready_.clear();
  finish_if_done();
}

/// What is not listed yet is not going to be.
void StageRun::stop_listing() {
  if (std::exchange(listed_, true)) return;
  report_listed();
}

void StageRun::broken(const Error& error) {
  if (broken_) return;
  broken_ = error;
  for (const std::string& note : error.notes) broken_->message += "; " + note;
  stop_listing();
  end_waiting_tries();
  for (std::uint64_t index = 0; index < tasks_.size(); ++index)
    if (tasks_.state(index) != TaskState::ended) end_undealt(index, Outcome::not_started, "the stage could not go on");
  ready_.clear();
  next_ = tasks_.size();
}

void StageRun::end_undealt(std::uint64_t index, Outcome outcome, std::string_view message, std::uint32_t attempt, const KeptOutput* output) {
  const TaskFinished finished{.index = index, .attempt = attempt, .outcome = outcome, .detail = 0, .queued_ns = 0,
                              .run_ns = 0, .cpu_ns = 0, .host = 0, .worker = 0, .last = true, .message = message,
                              .output = output != nullptr && !output->empty() ? output : nullptr};
  record(finished, message);
  // The message is borrowed: tell it while it is there.
  observer_.tasks_finished(since_begin(), number_, {&finished, 1});
}

/// Whether the task gets another try. Nothing is tried again in a run that stops.
bool StageRun::try_again(const AttemptResult& task) {
  const std::optional<RetryKind> kind = retry_kind(task.outcome, task.kind);
  if (!kind || halted_ || broken_ || stopped_by_failure()) return false;
  RetryBook::LastTry last{task.attempt, task.outcome, std::string(task.payload), task.output != nullptr ? *task.output : KeptOutput(), task.host};
  switch (retries_.attempt_failed(task.task, *kind, std::move(last), timer_ns_, machine_.random())) {
    case RetryBook::Verdict::again: tasks_.move(task.task, TaskState::waiting); return true;
    case RetryBook::Verdict::quarantined:
      warning(fmt::format("{} is not tried again: it has crashed {} times (`retries: {{max: N}}` insists)", name_of(task.task), kMaxCrashes));
      return false;
    case RetryBook::Verdict::no: return false;
  }
  return false;
}

std::string StageRun::name_of(std::uint64_t index) const {
  return task_name(stage_.name, index, shown(results_.item_of(number_, index)));
}

/// What waits for another try that it will not get ends as its last try ended.
void StageRun::end_waiting_tries() {
  for (const auto& [index, last] : retries_.take_all()) end_undealt(index, last.outcome, last.message, last.attempt, &last.output);
}

/// A result with the fields that the stage's outputs add to it.
Result<std::string> StageRun::with_outputs(std::uint64_t index, std::string_view payload, const std::shared_ptr<const board::Blob>* blob) {
  const std::vector<Field>& own = stage_.type().results;
  const std::vector<Field>& more = stage_.outputs->fields();
  std::vector<Type> types;
  for (const Field& field : own) types.push_back(field.type);
  for (const Field& field : more) types.push_back(field.type);
  const std::span<const Type> own_types(types.data(), own.size()), more_types(types.data() + own.size(), more.size());
  std::vector<board::FieldView> views(types.size());
  Map fields;
  const std::string_view lies_in[] = {blob ? (*blob)->bytes() : std::string_view()};
  if (board::view_fields(own_types, payload, std::span(views).first(own.size()), lies_in))
    for (std::size_t i = 0; i < own.size(); ++i) fields.emplace(own[i].name, board::value_of(own[i].type, views[i], blob ? *blob : nullptr).value());
  const Value result(std::move(fields));
  const Value item = upstream_ != nullptr ? results_.value(upstream_->number_, index) : items_->at(index);
  std::vector<Value> values(more.size());
  const Result<void> made = stage_.outputs->make({.params = params_of_run_, .item = &item, .index = index, .result = &result, .run_id = run_id_}, values);
  if (!made) return made.error();
  std::string added, all;
  board::encode_fields(more_types, values, added);
  board::view_fields(more_types, added, std::span(views).subspan(own.size()));
  board::encode_views(types, views, all, board::Elsewhere::stays);
  return all;
}

/// The one place where a task ends.
void StageRun::record(const TaskFinished& finished, std::string_view payload, const std::shared_ptr<const board::Blob>* blob) {
  tasks_.end(finished.index, finished.outcome);
  if (finished.output != nullptr) results_.add_failed(number_, finished.index, finished.outcome, payload, finished.output);
  else results_.add(number_, finished.index, finished.outcome, payload, blob);
  for (StageRun* stream : downstream_) stream->now_ns_ = now_ns_, stream->upstream_ended(finished.index, finished.outcome);
}

void StageRun::started(std::span<const TaskStarted> tasks) { observer_.tasks_started(since_begin(), number_, tasks); }

void StageRun::ended(std::span<const AttemptResult> tasks) {
  finished_.clear();
  messages_.clear();
  for (const AttemptResult& task : tasks) {
    // An executor that repeats itself, or speaks of an attempt that is over, is not believed.
    if (task.task >= tasks_.size() || tasks_.state(task.task) != TaskState::dispatched || !retries_.expects(task.task, task.attempt)) continue;
    if (task.outcome != Outcome::succeeded) attempt_ended(task, !try_again(task));
    else if (stage_.outputs) succeeded_with_outputs(task);
    else retries_.succeeded(task.task), attempt_ended(task, true);
  }
  observer_.tasks_finished(since_begin(), number_, finished_);
}

void StageRun::succeeded_with_outputs(AttemptResult task) {
  retries_.succeeded(task.task);
  const Result<std::string> made = with_outputs(task.task, task.payload, task.blob);
  // Outputs that cannot be made would not be made the next time.
  if (!made) task.outcome = Outcome::failed, task.payload = messages_.emplace_back(made.error().list.front().message);
  else task.payload = *made;
  attempt_ended(task, true);
}

/// `last`: and with it the task.
void StageRun::attempt_ended(const AttemptResult& task, bool last) {
  const std::int64_t ready_ns = upstream_ != nullptr ? ready_since_ns_[task.task] : started_ns_;
  const bool good = task.outcome == Outcome::succeeded;
  TaskFinished& finished = finished_.emplace_back();
  finished.index = task.task;
  finished.attempt = task.outcome == Outcome::not_started ? 0 : task.attempt;
  finished.outcome = task.outcome;
  finished.detail = task.detail;
  finished.queued_ns = task.started_ns == 0 ? 0 : std::max<std::int64_t>(task.started_ns - ready_ns, 0);
  finished.run_ns = task.run_ns;
  finished.cpu_ns = task.cpu_ns;
  finished.host = task.host;
  finished.worker = task.worker;
  finished.last = last;
  if (!good) finished.message = task.payload, finished.evidence = task.evidence, finished.output = task.output;
  if (last) record(finished, task.payload, good ? task.blob : nullptr);
  if (good && report_results_)
    observer_.task_result(since_begin(), number_, task.task, results_.fields(number_, task.payload, task.blob ? *task.blob : nullptr));
}

void StageRun::said(const TaskSaid& said) { observer_.task_said(since_begin(), number_, said); }
void StageRun::output(const TaskOutput& output) { observer_.task_output(since_begin(), number_, output); }
void StageRun::host_started(std::int32_t pid, std::uint32_t workers) { observer_.host_started(since_begin(), {number_, pid, workers}); }
void StageRun::host_output(std::int32_t pid, std::string_view text) { observer_.host_output(since_begin(), {number_, pid, text}); }
void StageRun::host_ended(std::int32_t pid, std::string_view how) { observer_.host_ended(since_begin(), {number_, pid, how}); }
void StageRun::warning(std::string_view text) { observer_.warning(since_begin(), {text}); }

void StageRun::finish_if_done() {
  if (state_ != State::running || tasks_.left() != 0 || !listed()) return;
  if (executor_->in_flight() != 0 && !broken_) return;
  if (upstream_ != nullptr && upstream_->state_ != State::ended) return;
  executor_->finish(*this);
  const TaskCounts& counts = tasks_.counts();
  executor_.reset();
  deals_ = {}, finished_ = {}, params_ = {};  // there may be thousands of stages
  state_ = State::ended;
  if (broken_) outcome_ = Outcome::failed, why_ = broken_->message;
  else if (!unlisted_.empty()) outcome_ = Outcome::failed, why_ = unlisted_;
  else if (counts.failed != 0) outcome_ = Outcome::failed, why_ = fmt::format("{} of {} tasks failed", counts.failed, tasks_.size());
  else if (counts.cancelled != 0) outcome_ = Outcome::cancelled, why_ = "the run was stopped";
  else if (counts.not_started != 0) outcome_ = Outcome::not_started, why_ = "the run was stopped";
  else if (counts.skipped != 0 && !upstream_->counts_as_success() && upstream_->plan().on_error != OnError::ignore) {
    starved_ = true;
    outcome_ = counts.skipped == tasks_.size() ? Outcome::skipped : Outcome::failed;
    why_ = fmt::format("{} of {} items are missing, because stage '{}' failed", counts.skipped, tasks_.size(), upstream_->stage_.name);
  } else outcome_ = Outcome::succeeded;
  results_.close(number_, outcome_);
  observer_.stage_finished(since_begin(), {.stage = number_, .name = stage_.name, .outcome = outcome_, .tasks = tasks_.size(), .hosts = hosts_,
                                           .wall_ns = now_ns_ - started_ns_, .runnable_wait_ns = runnable_wait_ns_, .why = why_});
}

}  // namespace ropewalk
