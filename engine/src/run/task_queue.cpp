#include "run/task_queue.hpp"

namespace ropewalk {
namespace {

constexpr std::uint64_t kListedAhead = 16'384;  // items, of those that are dispatched

}  // namespace

void TaskQueue::open(ItemList& items) {
  items_ = &items;
  listed_ = items.complete();
}

void TaskQueue::open_submitted(const SubmittedTasks& submitted) {
  submitted_ = &submitted;
  listed_ = submitted.is_closed();
}

void TaskQueue::grow(std::uint64_t tasks) {
  table_.grow(tasks, is_stream_ ? TaskState::pending : TaskState::ready);
  if (is_stream_) ready_since_ns_.resize(tasks);
}

void TaskQueue::ready(std::uint64_t index, std::int64_t now_ns) {
  table_.move(index, TaskState::ready);
  ready_.push_back(index);
  ready_since_ns_[index] = now_ns;
}

std::uint64_t TaskQueue::list_more() {
  if (submitted_ != nullptr) {
    listed_ = listed_ || submitted_->is_closed();
    return submitted_->size();
  }
  if (listed_ || next_ + kListedAhead / 2 <= table_.size()) return table_.size();
  const bool readable = items_->grow(next_ + kListedAhead, unlisted_);
  listed_ = !readable || items_->complete();
  return items_->size();
}

bool TaskQueue::next_first(std::uint64_t& index, std::uint32_t& attempt) {
  attempt = 1;
  if (!is_stream_) {
    // A task that was cancelled has ended where it stands.
    while (next_ < table_.size() && table_.state(next_) != TaskState::ready) ++next_;
    if (next_ >= table_.size()) return false;
    index = next_++;
    return true;
  }
  if (ready_.empty()) return false;
  index = ready_.front();
  ready_.pop_front();
  return true;
}

void TaskQueue::clear() {
  next_ = table_.size();
  ready_.clear();
}

}  // namespace ropewalk
