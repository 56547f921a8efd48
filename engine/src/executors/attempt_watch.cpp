#include "executors/attempt_watch.hpp"

#include <algorithm>
#include <limits>

namespace ropewalk {
namespace {

constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();
// CPU time can only be looked at from time to time: a twentieth of the limit too much is the most that it costs.
constexpr std::int64_t kShortestCpuLookNs = 1'000'000, kLongestCpuLookNs = 100'000'000;

}  // namespace

void AttemptWatch::begin(std::uint64_t item, std::int64_t began_ns, std::optional<std::int64_t> timeout_ns) {
  if (item_ == item) return;
  *this = AttemptWatch();
  item_ = item;
  began_ns_ = began_ns;
  timeout_ns_ = timeout_ns;
}

bool AttemptWatch::cancel(std::int64_t now_ns) {
  if (overrun_ != Overrun::none) return false;
  overrun_ = Overrun::cancelled;
  asked_ns_ = now_ns;
  last_ = Step::ask;
  return true;
}

AttemptWatch::Step AttemptWatch::look(const Rules& rules, std::int64_t now_ns, std::int64_t cpu_ns) {
  if (item_ == kNothing) return Step::none;
  if (cpu_ns >= 0 && cpu_base_ns_ < 0) cpu_base_ns_ = cpu_ns;
  if (overrun_ == Overrun::none) {
    const std::int64_t limit = limit_ns(rules);
    if (limit != 0 && now_ns - began_ns_ >= limit)
      overrun_ = timeout_ns(rules) != 0 ? Overrun::time : Overrun::open;
    else if (rules.cpu_time_ns != 0 && cpu_ns >= 0 && cpu_ns - cpu_base_ns_ >= rules.cpu_time_ns)
      overrun_ = Overrun::cpu_time;
    if (overrun_ != Overrun::none) {
      asked_ns_ = now_ns;
      return last_ = Step::ask;
    }
    if (last_ == Step::none && slow_ns(rules) != 0 && now_ns - began_ns_ >= slow_ns(rules))
      return last_ = Step::mark_slow;
    return Step::none;
  }
  if (last_ != Step::kill && now_ns - asked_ns_ >= rules.grace_ns) return last_ = Step::kill;
  if (last_ == Step::ask && now_ns - asked_ns_ >= rules.grace_ns / 2) return last_ = Step::terminate;
  return Step::none;
}

std::int64_t AttemptWatch::next_ns(const Rules& rules, std::int64_t now_ns) const {
  if (item_ == kNothing) return kNever;
  switch (last_) {
    case Step::kill: return kNever;
    case Step::terminate: return asked_ns_ + rules.grace_ns;
    case Step::ask: return asked_ns_ + rules.grace_ns / 2;
    case Step::mark_slow:
    case Step::none: break;
  }
  std::int64_t next = kNever;
  if (const std::int64_t limit = limit_ns(rules); limit != 0) next = began_ns_ + limit;
  if (slow_ns(rules) != 0 && last_ == Step::none) next = std::min(next, began_ns_ + slow_ns(rules));
  if (rules.cpu_time_ns != 0)
    next = std::min(next, now_ns + std::clamp(rules.cpu_time_ns / 20, kShortestCpuLookNs, kLongestCpuLookNs));
  return next;
}

}  // namespace ropewalk
