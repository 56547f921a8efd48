#include "pool/task_feed.hpp"

#include <utility>

namespace ropewalk {

TaskFeed::~TaskFeed() {
  // All of them first: a submission may have further tasks.
  std::vector<std::shared_ptr<Submission>> kept;
  for (const std::uint64_t index : all_living()) kept.push_back(std::move(entries_[index].owner->keeps_itself));
}

void TaskFeed::add(const std::shared_ptr<Submission>& submission, std::uint32_t tasks) {
  submission->first = entries_.size();
  if (tasks == 0) return;
  submission->keeps_itself = submission;
  for (std::uint32_t position = 0; position < tasks; ++position) entries_.push_back({submission.get(), position});
  living_ += tasks;
}

std::vector<std::uint64_t> TaskFeed::all_living() const {
  std::vector<std::uint64_t> living;
  for (std::uint64_t index = entries_.first(); index < entries_.size(); index = entries_.next(index))
    if (entries_[index].owner != nullptr) living.push_back(index);
  return living;
}

std::vector<std::uint64_t> TaskFeed::living_of(const Submission& submission, std::uint32_t tasks) const {
  std::vector<std::uint64_t> living;
  for (std::uint64_t index = submission.first; index < submission.first + tasks; ++index)
    if (is_living(index)) living.push_back(index);
  return living;
}

std::shared_ptr<Submission> TaskFeed::end(const TaskFinished& task, Value* large) {
  Entry& entry = entries_[task.index];
  Submission& owner = *entry.owner;
  std::shared_ptr<Submission> whole;
  owner.ended(entry.position, task, large);
  if (owner.run == nullptr) whole = std::move(owner.keeps_itself);
  entry.owner = nullptr;
  entries_.release(task.index);
  --living_;
  return whole;
}

const Retries* TaskFeed::retries(std::uint64_t index) const {
  const Submission& owner = *entries_[index].owner;
  static constexpr Retries kNone{};
  if (owner.cancelled) return &kNone;
  return owner.rules && owner.rules->retries ? &*owner.rules->retries : nullptr;
}

}  // namespace ropewalk
