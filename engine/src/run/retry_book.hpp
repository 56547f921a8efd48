#pragma once
// Which tasks of a stage wait for another try, and until when: `retries` applied. Pure: told the time and a random
// number. Only tasks that have failed are in it. Times are those of the machine's timers.

#include "executors/executor.hpp"

#include <ropewalk/events.hpp>
#include <ropewalk/plan.hpp>

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace ropewalk {

/// A task that has crashed so often is quarantined, unless `retries` asks for more by name.
inline constexpr std::uint32_t kMaxCrashes = 3;

/// With which code the process of an attempt exited, or a program that it ran, if that is why it failed.
std::optional<std::int32_t> exit_code_of(Outcome outcome, std::int32_t detail);

/// Nothing where another try is out of the question whatever `retries` says.
std::optional<RetryKind> retry_kind(Outcome outcome, FailureKind kind);

class RetryBook {
 public:
  explicit RetryBook(const Retries& rules) : rules_(rules) {}

  /// How the last try ended, for a task that waits.
  struct LastTry {
    std::uint32_t attempt = 0;
    Outcome outcome = Outcome::failed;
    std::string message;
    KeptOutput output = {};
    std::int32_t host = 0;  ///< pid; 0: none
    std::optional<std::int32_t> exit_code = {};
  };
  enum class Verdict { again, no, quarantined };
  /// `again`: the task waits now. `random`: 0 <= random < 1.
  Verdict attempt_failed(std::uint64_t task, RetryKind kind, LastTry last, std::int64_t now_ns, double random) {
    return attempt_failed(task, kind, std::move(last), now_ns, random, rules_);
  }
  /// Of a task with rules of its own.
  Verdict attempt_failed(std::uint64_t task, RetryKind kind, LastTry last, std::int64_t now_ns, double random,
                         const Retries& rules);
  void succeeded(std::uint64_t task) {
    if (!tasks_.empty()) tasks_.erase(task);
  }
  /// Whether this is the attempt whose end is awaited: an earlier one may speak too late, or twice.
  bool expects(std::uint64_t task, std::uint32_t attempt) const {
    return tasks_.empty() ? attempt == 1 : attempt == next_attempt(task);
  }

  /// The task whose time has come first, and the number of its next attempt; false if there is none.
  bool take_due(std::int64_t now_ns, std::uint64_t& task, std::uint32_t& attempt) {
    return !waiting_.empty() && take_first(now_ns, task, attempt);
  }
  /// How the last try of a task ended that take_due() has given; null: there was none.
  const LastTry* last(std::uint64_t task) const {
    const auto found = tasks_.find(task);
    return found == tasks_.end() ? nullptr : &found->second.last;
  }
  std::size_t waiting() const { return waiting_.size(); }
  /// The hosts where tries of a task failed that take_due() has given; empty if there is none.
  std::span<const std::int32_t> failed_on(std::uint64_t task) const;
  /// The far future if nothing waits.
  std::int64_t next_due_ns() const;
  /// The task waits no longer. Empty: it did not wait.
  std::optional<LastTry> take(std::uint64_t task);
  /// Everything that waits, waits no longer.
  std::vector<std::pair<std::uint64_t, LastTry>> take_all();

 private:
  struct Tries {
    std::array<std::uint32_t, kRetryKinds> failed{};  // attempts that ended so
    LastTry last;
    std::vector<std::int32_t> hosts;
  };

  bool take_first(std::int64_t now_ns, std::uint64_t& task, std::uint32_t& attempt);
  std::uint32_t next_attempt(std::uint64_t task) const;

  const Retries rules_;
  std::map<std::uint64_t, Tries> tasks_;                // that have failed at least once and are not done
  std::multimap<std::int64_t, std::uint64_t> waiting_;  // by their time
};

}  // namespace ropewalk
