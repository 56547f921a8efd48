#pragma once
// The attempts of a stage that wait at its executor: for a worker, for a host of their own, or for room to begin; and
// where earlier attempts of retries have failed. Pure: knows hosts by number only. On the engine's thread.

#include "executors/attempt_state.hpp"
#include "executors/executor.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace ropewalk {

/// An attempt with its own copy of its parameters.
struct WaitingAttempt {
  std::uint64_t task = 0;
  std::uint32_t attempt = 0;
  std::string params = {};
  board::Blobs blobs = {};
  bool begun = false;     ///< it ran in a host that died
  bool isolated = false;  ///< of one that was refused: it is to run alone

  static WaitingAttempt of(const Deal& deal);
  Deal deal() const { return {.task = task, .attempt = attempt, .params = params, .blobs = blobs}; }
};

class Backlog {
 public:
  enum class Order : std::uint8_t { first, last };

  /// It was given to the executor, which has no worker for it now.
  void add(const Deal& deal) { queued_.push_back(WaitingAttempt::of(deal)); }
  /// It lay in a lane, in the state `from`, and waits again in the state `to`.
  void put_back(WaitingAttempt attempt, AttemptState from, AttemptState to, Order order = Order::last);
  /// Lets up to `most` of those that were refused wait for a worker again, the oldest first.
  void release_refused(std::size_t most);

  std::size_t queued() const { return queued_.size(); }
  std::size_t isolated() const { return isolated_.size(); }
  std::size_t refused() const { return refused_.size(); }
  const WaitingAttempt& queued_at(std::size_t index) const { return queued_[index]; }
  const WaitingAttempt& first_isolated() const { return isolated_.front(); }
  /// The place in the queue of the first attempt that may go to that host; empty: none may.
  std::optional<std::size_t> next_for(std::int32_t host) const;
  /// They lie in a lane now.
  void dealt(std::size_t index) { queued_.erase(queued_.begin() + static_cast<std::ptrdiff_t>(index)); }
  void dealt_isolated() { isolated_.pop_front(); }
  /// Takes out the attempts of these tasks, which are ascending.
  std::vector<WaitingAttempt> take(std::span<const std::uint64_t> tasks);
  /// Ends all that wait: the caller does.
  std::vector<WaitingAttempt> take_all();

  // Where attempts of a task have failed; its next one goes to another host. Borrows nothing.
  bool has_retries() const { return !failed_on_.empty(); }
  void set_failed_on(std::uint64_t task, std::span<const std::int32_t> hosts);
  bool is_retry(std::uint64_t task) const { return failed_on_.contains(task); }
  bool has_failed_on(std::uint64_t task, std::int32_t host) const;
  /// Its next attempt may go to any host.
  void forget_failures(std::uint64_t task) {
    if (!failed_on_.empty()) failed_on_.erase(task);
  }

 private:
  std::deque<WaitingAttempt> queued_, isolated_, refused_;
  std::map<std::uint64_t, std::vector<std::int32_t>> failed_on_;
};

}  // namespace ropewalk
