#include "run/retry_book.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace ropewalk {

std::optional<RetryKind> retry_kind(Outcome outcome, FailureKind kind) {
  if (kind == FailureKind::permanent) return std::nullopt;
  switch (outcome) {
    case Outcome::failed: return kind == FailureKind::transient ? RetryKind::transient : RetryKind::error;
    case Outcome::exited: return RetryKind::error;
    case Outcome::crashed: return RetryKind::crash;
    case Outcome::timed_out: return RetryKind::timeout;
    case Outcome::out_of_memory: return RetryKind::memory;
    case Outcome::succeeded:
    case Outcome::cancelled:
    case Outcome::skipped:
    case Outcome::not_started:
    case Outcome::lost:
    case Outcome::left_out: return std::nullopt;
  }
  return std::nullopt;
}

std::optional<std::int32_t> exit_code_of(Outcome outcome, std::int32_t detail) {
  const bool has_one = outcome == Outcome::exited || (outcome == Outcome::failed && detail != 0);
  return has_one ? std::optional(detail) : std::nullopt;
}

namespace {

bool holds(std::uint32_t kinds, const std::bitset<256>& codes, RetryKind kind, std::optional<std::int32_t> code) {
  return (kinds & (1u << static_cast<unsigned>(kind))) != 0 ||
         (code && *code >= 0 && static_cast<std::size_t>(*code) < codes.size() &&
          codes[static_cast<std::size_t>(*code)]);
}

}  // namespace

RetryBook::Verdict RetryBook::attempt_failed(std::uint64_t task, RetryKind kind, LastTry last, std::int64_t now_ns,
                                             double random, const Retries& rules) {
  if (rules.max == 0 || !holds(rules.when, rules.when_exit, kind, last.exit_code) ||
      holds(rules.unless, rules.unless_exit, kind, last.exit_code)) {
    tasks_.erase(task);
    return Verdict::no;
  }
  Tries& tries = tasks_[task];
  const std::uint32_t failed = ++tries.failed[static_cast<std::size_t>(kind)];
  const bool quarantined = kind == RetryKind::crash && !rules.max_given && failed >= kMaxCrashes;
  if (failed > rules.max || quarantined) {
    tasks_.erase(task);
    return quarantined ? Verdict::quarantined : Verdict::no;
  }
  if (last.host != 0) tries.hosts.push_back(last.host);
  tries.last = std::move(last);
  const std::uint32_t before = std::accumulate(tries.failed.begin(), tries.failed.end(), 0u) - 1;
  const double longest = static_cast<double>(std::max(rules.max_delay_ns, rules.delay_ns));
  const double delay = std::min(static_cast<double>(rules.delay_ns) * std::pow(rules.backoff, before), longest);
  waiting_.emplace(now_ns + static_cast<std::int64_t>(delay * (1 - rules.jitter * random)), task);
  return Verdict::again;
}

std::uint32_t RetryBook::next_attempt(std::uint64_t task) const {
  const auto found = tasks_.find(task);
  return found == tasks_.end() ? 1 : found->second.last.attempt + 1;
}

bool RetryBook::take_first(std::int64_t now_ns, std::uint64_t& task, std::uint32_t& attempt) {
  if (waiting_.begin()->first > now_ns) return false;
  task = waiting_.begin()->second;
  attempt = tasks_.at(task).last.attempt + 1;
  waiting_.erase(waiting_.begin());
  return true;
}

std::span<const std::int32_t> RetryBook::failed_on(std::uint64_t task) const {
  const auto found = tasks_.find(task);
  return found == tasks_.end() ? std::span<const std::int32_t>() : found->second.hosts;
}

std::int64_t RetryBook::next_due_ns() const {
  return waiting_.empty() ? std::numeric_limits<std::int64_t>::max() : waiting_.begin()->first;
}

std::optional<RetryBook::LastTry> RetryBook::take(std::uint64_t task) {
  const auto waits =
      std::find_if(waiting_.begin(), waiting_.end(), [&](const auto& one) { return one.second == task; });
  if (waits == waiting_.end()) return std::nullopt;
  waiting_.erase(waits);
  const auto found = tasks_.find(task);
  std::optional<LastTry> last = std::move(found->second.last);
  tasks_.erase(found);
  return last;
}

std::vector<std::pair<std::uint64_t, RetryBook::LastTry>> RetryBook::take_all() {
  std::vector<std::pair<std::uint64_t, LastTry>> all;
  for (const auto& [due, task] : waiting_) {
    const auto found = tasks_.find(task);
    all.emplace_back(task, std::move(found->second.last));
    tasks_.erase(found);  // the others run another try, and expects() has to know which
  }
  waiting_.clear();
  return all;
}

}  // namespace ropewalk
