#pragma once
// Which task of a stage is dispatched next: retries that are due, then tasks by their index, or, in a stream, in the
// order in which their items came. Also how many items there are, as far as the list is read. Driven by the stage, on
// the run's thread. It knows no executor and makes no parameters.

#include "plan/items.hpp"
#include "run/retry_book.hpp"
#include "run/submitted_tasks.hpp"
#include "run/task_table.hpp"

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

namespace ropewalk {

class TaskQueue {
 public:
  /// Borrows both for as long as it lives.
  TaskQueue(TaskTable& table, RetryBook& retries) : table_(table), retries_(retries) {}

  /// Before anything else: the stage has items of its own. They are borrowed.
  void open(ItemList& items);
  /// Before anything else, otherwise: a program submits its tasks while it runs. They are borrowed.
  void open_submitted(const SubmittedTasks& submitted);
  /// Before anything else, otherwise: its items are the results of its upstream.
  void open_stream() { is_stream_ = true; }
  bool is_stream() const { return is_stream_; }

  /// The stage has so many tasks now.
  void grow(std::uint64_t tasks);
  /// Of a stream: the item of a task is there.
  void ready(std::uint64_t index, std::int64_t now_ns);
  /// Of a stream: since when a task is ready.
  std::int64_t ready_since_ns(std::uint64_t index) const { return ready_since_ns_[index]; }

  /// Whether all items of a stage with items of its own are known.
  bool is_listed() const { return listed_; }
  /// Empty, or why there are no more items than those that are known.
  const std::string& unlisted() const { return unlisted_; }
  /// Reads further items if those that are known are nearly dispatched. It does not wait for them. Returns how many
  /// are known.
  std::uint64_t list_more();
  /// What is not listed yet never will be.
  void stop_listing() { listed_ = true; }
  /// Since when a task of a stage that is no stream is ready; `started_ns`: since when its items are.
  std::int64_t known_since_ns(std::uint64_t index, std::int64_t started_ns) const {
    return submitted_ == nullptr ? started_ns : submitted_->since_ns(index);
  }
  /// Whether further items are awaited before anything else can be dispatched.
  bool awaits_items() const { return !listed_ && next_ >= table_.size(); }
  /// Whether these must be looked for from time to time.
  bool looks_for_items() const { return submitted_ == nullptr && awaits_items(); }

  /// The next task, and the number of its attempt; false: there is none now. `timer_ns`: of the machine's timers.
  bool next(std::int64_t timer_ns, std::uint64_t& index, std::uint32_t& attempt) {
    return retries_.take_due(timer_ns, index, attempt) || next_first(index, attempt);
  }
  bool has_next(std::int64_t timer_ns) const { return !is_empty() || retries_.next_due_ns() <= timer_ns; }
  /// Nothing is left to be dispatched for the first time.
  bool is_empty() const { return is_stream_ ? ready_.empty() : next_ >= table_.size(); }
  /// Nothing more is dispatched for the first time. The tasks are the caller's to end.
  void clear();

 private:
  bool next_first(std::uint64_t& index, std::uint32_t& attempt);

  TaskTable& table_;
  RetryBook& retries_;
  bool is_stream_ = false;
  ItemList* items_ = nullptr;                  // null for a stream, and where a program submits the tasks
  const SubmittedTasks* submitted_ = nullptr;  // null: no program does
  bool listed_ = true;
  std::string unlisted_;
  std::uint64_t next_ = 0;                    // of a stage that is no stream: none below it is in the queue
  std::deque<std::uint64_t> ready_;           // of a stream
  std::vector<std::int64_t> ready_since_ns_;  // of a stream, by index
};

}  // namespace ropewalk
