#pragma once
// The tasks of a pool that have not ended, by their indices: a task costs no memory after its end. On the pool's
// thread.

#include "base/pages.hpp"
#include "pool/submission.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace ropewalk {

class TaskFeed final : public SubmittedTasks {
 public:
  TaskFeed() = default;
  TaskFeed(const TaskFeed&) = delete;
  TaskFeed& operator=(const TaskFeed&) = delete;
  ~TaskFeed() override;

  /// Adds that many tasks of a submission, whose `first` it sets.
  void add(const std::shared_ptr<Submission>& submission, std::uint32_t tasks);
  /// Tasks that have not ended.
  std::uint64_t living() const { return living_; }
  bool is_living(std::uint64_t index) const { return entries_.has(index) && entries_[index].owner != nullptr; }
  Submission& owner(std::uint64_t index) const { return *entries_[index].owner; }
  /// Their indices, ascending.
  std::vector<std::uint64_t> all_living() const;
  /// Of a submission of that many tasks.
  std::vector<std::uint64_t> living_of(const Submission& submission, std::uint32_t tasks) const;
  /// Passes on the end of a task, and forgets it. Returns its submission if all of that has ended now, else null.
  std::shared_ptr<Submission> end(const TaskFinished& task, Value* large);

  // --- SubmittedTasks ---
  std::uint64_t size() const override { return entries_.size(); }
  bool is_closed() const override { return closed_; }
  void close() override { closed_ = true; }
  Parameters parameters(std::uint64_t index) override {
    const Entry& entry = entries_[index];
    return entry.owner->parameters(entry.position);
  }
  const Retries* retries(std::uint64_t index) const override;
  std::int64_t since_ns(std::uint64_t index) const override { return entries_[index].owner->since_ns; }

 private:
  struct Entry {
    Submission* owner;  // keeps itself; null: the task has ended
    std::uint32_t position;
  };

  Pages<Entry> entries_;
  std::uint64_t living_ = 0;
  bool closed_ = false;
};

}  // namespace ropewalk
