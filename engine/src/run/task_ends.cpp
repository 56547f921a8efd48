#include "run/task_ends.hpp"

#include "base/text.hpp"
#include "events/task_name.hpp"
#include "run/added_outputs.hpp"
#include "values/shown_value.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ropewalk {
namespace {

/// The last end of a task that no attempt reports.
TaskFinished end_outside_an_attempt(std::uint64_t index, Outcome outcome) {
  return {.index = index,
          .attempt = 0,
          .outcome = outcome,
          .detail = 0,
          .queued_ns = 0,
          .run_ns = 0,
          .cpu_ns = 0,
          .host = 0,
          .worker = 0,
          .last = true,
          .message = {}};
}

}  // namespace

void TaskEnds::attempts(std::span<const AttemptResult> tasks, std::int64_t timer_ns, bool may_retry) {
  finished_.clear();
  messages_.clear();
  for (const AttemptResult& task : tasks) {
    if (!is_expected(task)) continue;
    if (task.outcome != Outcome::succeeded) {
      // Nothing is tried again in a run that stops.
      const bool may = may_retry && !context_.has_too_many_failures(table_.counts().failed);
      attempt(with_reason(task), !(may && try_again(task, timer_ns)));
    } else if (context_.stage.outputs) {
      succeeded_with_outputs(task);
    } else {
      retries_.succeeded(task.task);
      attempt(task, true);
    }
  }
  context_.observer.tasks_finished(context_.since_begin_ns(), context_.number, finished_);
  if (files_.wanted())
    for (const TaskFinished& task : finished_) files_.forget(task.index);
}

/// An executor says that the run was stopped. After a deadline the message says which one.
AttemptResult TaskEnds::with_reason(AttemptResult task) {
  if (context_.late.empty() || is_failure(task.outcome)) return task;
  for (const auto& [usual, rest] : {std::pair(kStoppedBefore, " before it"), {kStoppedWhile, " while it ran"}})
    if (task.payload.starts_with(usual))
      task.payload = messages_.emplace_back(context_.late + rest).append(task.payload.substr(usual.size()));
  return task;
}

/// An executor that repeats itself, or speaks of an attempt that is over, is not believed.
bool TaskEnds::is_expected(const AttemptResult& task) const {
  return task.task < table_.size() && table_.state(task.task) == TaskState::dispatched &&
         retries_.expects(task.task, task.attempt);
}

bool TaskEnds::try_again(const AttemptResult& task, std::int64_t timer_ns) {
  const std::optional<RetryKind> kind = retry_kind(task.outcome, task.kind);
  if (!kind) return false;
  RetryBook::LastTry last{task.attempt,
                          task.outcome,
                          std::string(task.payload),
                          task.output != nullptr ? *task.output : KeptOutput(),
                          task.host,
                          exit_code_of(task.outcome, task.detail)};
  const SubmittedTasks* const submitted = context_.run.submitted;
  const Retries* const own = submitted == nullptr ? nullptr : submitted->retries(task.task);
  switch (retries_.attempt_failed(task.task, *kind, std::move(last), timer_ns, context_.machine.random(),
                                  own != nullptr ? *own : context_.stage.retries)) {
    case RetryBook::Verdict::again: table_.move(task.task, TaskState::waiting); return true;
    case RetryBook::Verdict::no: return false;
    case RetryBook::Verdict::quarantined: break;
  }
  const std::optional<Value> item = context_.results.item_of(context_.number, task.task);
  context_.warn(fmt::format("{} is not tried again: it has crashed {} times (`retries: {{max: N}}` insists)",
                            task_name(context_.stage.name, task.task, shown(item)), kMaxCrashes));
  return false;
}

void TaskEnds::succeeded_with_outputs(AttemptResult task) {
  retries_.succeeded(task.task);
  const Value item = context_.results.item_of(context_.number, task.task).value_or(Value());
  const Result<std::string> made = with_outputs(context_, task.task, item, task.payload, task.blob);
  // Outputs that cannot be made would not be made the next time.
  if (!made)
    task.outcome = Outcome::failed, task.payload = messages_.emplace_back(made.error().list.front().message);
  else
    task.payload = context_.run.pass_fields ? std::string_view(messages_.emplace_back(*made)) : std::string_view(*made);
  attempt(task, true);
}

/// `last`: and with it the task.
void TaskEnds::attempt(const AttemptResult& task, bool last) {
  const std::int64_t ready_ns =
      queue_.is_stream() ? queue_.ready_since_ns(task.task) : queue_.known_since_ns(task.task, started_ns_);
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
  finished.ending = task.ending;
  finished.started_ns = task.started_ns == 0 ? 0 : task.started_ns - context_.run.begin_ns;
  finished.key = keys_.of(task.task);
  if (!good) finished.message = task.payload, finished.evidence = task.evidence, finished.output = task.output;
  if (good && files_.wanted()) {
    look_at_written(task.task);
    finished.files = files_.of(task.task);
  }
  if (last) end(finished, task.payload, good ? task.blob : nullptr);
  const bool passes = good && context_.run.pass_fields;
  if (passes && task.blob == nullptr) finished.fields = task.payload;
  if ((good && context_.run.report_results) || (passes && task.blob != nullptr))
    context_.observer.task_result(
        context_.since_begin_ns(), context_.number, task.task,
        context_.results.fields(context_.number, task.payload, task.blob ? *task.blob : nullptr));
}

void TaskEnds::look_at_written(std::uint64_t index) {
  files_.look_at_written(index);
  if (told_unwritten_) return;
  for (const TaskFile& file : files_.of(index)) {
    if (file.role != FileRole::writes || file.is_there) continue;
    told_unwritten_ = true;
    const std::optional<Value> item = context_.results.item_of(context_.number, index);
    return context_.warn(
        fmt::format("{} has succeeded, but there is no file '{}', which its stage has under 'writes': a resume runs "
                    "the task again; further tasks of the stage are not reported",
                    task_name(context_.stage.name, index, shown(item)), escape_for_display(file.path)));
  }
}

void TaskEnds::without_attempt(std::uint64_t index, Outcome outcome, std::string_view message, std::uint32_t attempt,
                               const KeptOutput* output) {
  TaskFinished finished = end_outside_an_attempt(index, outcome);
  finished.attempt = attempt;
  finished.message = message;
  finished.output = output != nullptr && !output->empty() ? output : nullptr;
  finished.ending = Ending::found;
  end(finished, message, nullptr);
  // The message is borrowed: it is not kept for a span.
  context_.observer.tasks_finished(context_.since_begin_ns(), context_.number, {&finished, 1});
}

bool TaskEnds::keep(std::uint64_t index) {
  const std::optional<std::uint64_t> key = keys_.of(index);
  const KeptTask task = context_.run.kept->find(context_.number, index, key, files_.of(index));
  if (task.verdict == KeptTask::Verdict::runs) return false;
  if (task.verdict == KeptTask::Verdict::left) {
    ++left_;
    files_.forget(index);
    without_attempt(index, task.outcome, task.message);
    return true;
  }
  const std::optional<std::string> payload = context_.results.encode(context_.number, task.fields);
  if (!payload) {
    context_.run.kept->refused(context_.number, index);
    return false;
  }
  files_.forget(index);
  TaskFinished finished = end_outside_an_attempt(index, Outcome::succeeded);
  finished.key = key;
  finished.kept = true;
  end(finished, *payload, nullptr);
  if (context_.run.report_results)
    context_.observer.task_result(context_.since_begin_ns(), context_.number, index, task.fields);
  context_.observer.tasks_finished(context_.since_begin_ns(), context_.number, {&finished, 1});
  return true;
}

void TaskEnds::all_in(TaskState state, std::string_view message) {
  for (std::uint64_t index = table_.first_living(); index < table_.size(); index = table_.next_living(index))
    if (table_.state(index) == state) without_attempt(index, Outcome::not_started, message);
}

void TaskEnds::waiting_tries() {
  for (const auto& [index, last] : retries_.take_all())
    without_attempt(index, last.outcome, last.message, last.attempt, &last.output);
}

void TaskEnds::cancel(std::uint64_t index) {
  if (table_.state(index) == TaskState::ready) return without_attempt(index, Outcome::not_started, kCancelledBefore);
  const std::optional<RetryBook::LastTry> last = retries_.take(index);
  if (!last) return;
  without_attempt(index, Outcome::cancelled,
                  fmt::format("it was cancelled while it waited for another try; the last one: {}", last->message),
                  last->attempt, &last->output);
}

/// The one place where a task ends.
void TaskEnds::end(const TaskFinished& finished, std::string_view payload,
                   const std::shared_ptr<const board::Blob>* blob) {
  table_.end(finished.index, finished.outcome);
  const bool counts = is_failure(finished.outcome) && context_.stage.on_error == OnError::stop;
  if (counts && context_.run.failures != nullptr && !context_.stage.finally) ++context_.run.failures->failed;
  if (finished.output != nullptr)
    context_.results.add_failed(context_.number, finished.index, finished.outcome, payload, finished.output);
  else
    context_.results.add(context_.number, finished.index, finished.outcome, payload, blob);
  for (Downstream* stream : downstreams_)
    stream->upstream_task_ended(context_.now_ns, finished.index, finished.outcome);
}

}  // namespace ropewalk
