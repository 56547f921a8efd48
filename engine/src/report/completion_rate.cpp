#include "report/completion_rate.hpp"

#include <algorithm>
#include <cmath>

namespace ropewalk {
namespace {

constexpr double kMemory_s = 10;
constexpr double kMemoryRounds = 4;  // of all workers
constexpr double kRestRounds = 8;
constexpr double kShortest_s = 1e-3;

}  // namespace

void CompletionRate::update(std::int64_t t_ns, std::uint64_t ended) {
  if (ended <= ended_) return;
  const double more = static_cast<double>(ended - ended_);
  const double open = std::max(open_s(t_ns), kShortest_s), rounds = more / workers_;
  double spent = open;
  if (ended_ > 0) {
    // Each task gets the time that tasks usually take, so that the first one of a burst does not get that of all. It
    // also gets a small share of the time that is left, so that the average follows tasks that become slower, and at
    // least what exceeds usual_s().
    spent = std::min(open, more * task_s());
    const double rest = open - spent;
    spent += std::max(rest - usual_s(), rest * -std::expm1(-rounds / kRestRounds));
  }
  const double fade = std::exp(-std::min(spent / kMemory_s, rounds / kMemoryRounds));
  weighted_ended_ = weighted_ended_ * fade + more;
  weighted_s_ = weighted_s_ * fade + spent;
  open_s_ = open - spent;
  ended_ = ended;
  updated_ns_ = t_ns;
}

std::optional<double> CompletionRate::per_second(std::int64_t t_ns) const {
  if (ended_ == 0) return std::nullopt;
  return weighted_ended_ / (weighted_s_ + std::max(0.0, open_s(t_ns) - usual_s()));
}

std::optional<double> CompletionRate::seconds_left(std::int64_t t_ns, std::uint64_t left) const {
  const auto rate = per_second(t_ns);
  if (!rate || left == 0 || static_cast<double>(ended_) < workers_) return std::nullopt;
  return std::max(static_cast<double>(left) / *rate - std::min(open_s(t_ns), usual_s()), 0.0);
}

}  // namespace ropewalk
