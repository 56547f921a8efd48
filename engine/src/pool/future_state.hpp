#pragma once
// One submitted task, from its parameters to its result: what a Future is a handle of. On the pool's thread.

#include "pool/submission.hpp"

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace ropewalk::pool_detail {

/// The tasks of an as_completed() that have ended and were not taken, by position.
class CompletionQueue {
 public:
  std::deque<std::size_t> ended;
};

class FutureState final : public Submission {
 public:
  using Submission::Submission;

  SubmittedTasks::Parameters parameters(std::uint32_t position) override;
  void ended(std::uint32_t position, const TaskFinished& task, Value* large) override;

  bool done() const { return done_; }
  Outcome outcome() const { return outcome_; }  ///< of a task that is done
  /// Of a task that succeeded; decoded on the first call. Null: its bytes are damaged.
  const Value* value();
  const std::shared_ptr<const TaskFailure>& failure() const { return failure_; }

  /// To be filled before it is submitted: the encoded parameters.
  std::string& bytes() { return bytes_; }
  board::Blobs& blobs() { return blobs_; }

  /// Of a task that is not done: tells the queue when it is.
  void report_to(const std::shared_ptr<CompletionQueue>& queue, std::size_t position);
  void add_callback(std::function<void(Future)> callback) { extras().callbacks.push_back(std::move(callback)); }
  bool has_callbacks() const override { return extras_ && !extras_->callbacks.empty(); }
  /// The first of them, which is forgotten.
  std::function<void(Future)> take_callback();

 private:
  /// What most tasks do without.
  struct Extras {
    std::deque<std::function<void(Future)>> callbacks;
    std::vector<std::pair<std::weak_ptr<CompletionQueue>, std::size_t>> queues;
  };
  Extras& extras() {
    if (!extras_) extras_ = std::make_unique<Extras>();
    return *extras_;
  }

  bool done_ = false;
  Outcome outcome_ = Outcome::not_started;
  std::string bytes_;  // the parameters, then the result
  board::Blobs blobs_;
  std::optional<Value> value_;
  std::shared_ptr<const TaskFailure> failure_;
  std::unique_ptr<Extras> extras_;
};

}  // namespace ropewalk::pool_detail
