#include "pool/batch_state.hpp"

#include <utility>

namespace ropewalk::pool_detail {

BatchState::BatchState(std::shared_ptr<const PoolFacts> facts, pool_detail::PoolRun* run, BatchColumns columns)
    : Submission(std::move(facts), run), columns_(std::move(columns)), rows_(columns_.rows()) {
  if (rows_.empty()) this->run = nullptr;
}

SubmittedTasks::Parameters BatchState::parameters(std::uint32_t position) {
  return {.encoded = columns_.row(position),
          .blobs = columns_.blobs(position),
          .timeout_ns = rules ? rules->timeout_ns : std::nullopt};
}

void BatchState::ended(std::uint32_t position, const TaskFinished& task, Value* large) {
  Row& row = rows_[position];
  row.outcome = task.outcome;
  counts_.add(task.outcome);
  if (task.outcome != Outcome::succeeded) {
    failures_.emplace(position, failure_of(task));
  } else if (large) {
    large_.emplace(position, std::move(*large));
  } else {
    if (results_.empty()) results_.reserve(task.fields.size() * rows_.size());  // most are alike
    row.offset = results_.size();
    row.size = static_cast<std::uint32_t>(task.fields.size());
    results_ += task.fields;
  }
  if (++ended_ != rows_.size()) return;
  run = nullptr;
  columns_ = BatchColumns();
}

std::optional<Value> BatchState::value(std::size_t at) const {
  if (const auto large = large_.find(static_cast<std::uint32_t>(at)); large != large_.end()) return large->second;
  return facts->results.read(fields(at));
}

std::shared_ptr<const TaskFailure> BatchState::failure(std::size_t at) const {
  const auto found = failures_.find(static_cast<std::uint32_t>(at));
  return found == failures_.end() ? nullptr : found->second;
}

}  // namespace ropewalk::pool_detail
