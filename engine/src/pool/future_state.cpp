#include "pool/future_state.hpp"

namespace ropewalk {

std::shared_ptr<const TaskFailure> Submission::failure_of(const TaskFinished& task) const {
  auto failure = std::make_shared<TaskFailure>();
  failure->pool = facts->name;
  failure->task = task.index;
  failure->outcome = task.outcome;
  failure->detail = task.detail;
  failure->attempts = task.attempt;
  failure->message = task.message;
  failure->evidence = task.evidence;
  if (task.output != nullptr) failure->output = *task.output;
  failure->host = task.host;
  failure->worker = task.worker;
  return failure;
}

namespace pool_detail {

SubmittedTasks::Parameters FutureState::parameters(std::uint32_t) {
  return {.encoded = bytes_, .blobs = blobs_, .timeout_ns = rules ? rules->timeout_ns : std::nullopt};
}

void FutureState::ended(std::uint32_t, const TaskFinished& task, Value* large) {
  done_ = true;
  run = nullptr;
  outcome_ = task.outcome;
  blobs_.clear();
  if (outcome_ != Outcome::succeeded)
    failure_ = failure_of(task), bytes_.clear();
  else if (large)
    value_ = std::move(*large), bytes_.clear();
  else
    bytes_ = task.fields;
  if (!extras_) return;
  for (const auto& [queue, position] : extras_->queues)
    if (const auto alive = queue.lock()) alive->ended.push_back(position);
  extras_->queues.clear();
}

const Value* FutureState::value() {
  if (!value_) value_ = facts->results.read(bytes_);
  return value_ ? &*value_ : nullptr;
}

void FutureState::report_to(const std::shared_ptr<CompletionQueue>& queue, std::size_t position) {
  extras().queues.emplace_back(queue, position);
}

std::function<void(Future)> FutureState::take_callback() {
  std::function<void(Future)> first = std::move(extras_->callbacks.front());
  extras_->callbacks.pop_front();
  return first;
}

}  // namespace pool_detail
}  // namespace ropewalk
