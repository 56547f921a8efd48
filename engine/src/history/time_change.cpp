#include "history/time_change.hpp"

#include <boost/math/distributions/students_t.hpp>

#include <algorithm>
#include <cmath>

namespace ropewalk {
namespace {

constexpr double kResolution_s = 1e-9;

}  // namespace

bool TimeChange::is_evident() const { return low > 1 + TimePairs::kNoise || high < 1 / (1 + TimePairs::kNoise); }

void TimePairs::add(double before_s, double after_s) {
  const double value = std::log(std::max(after_s, kResolution_s)) - std::log(std::max(before_s, kResolution_s));
  ++count_;
  const double off = value - mean_;
  mean_ += off / static_cast<double>(count_);
  squares_ += off * (value - mean_);
}

std::optional<TimeChange> TimePairs::change() const {
  if (count_ < 2) return std::nullopt;
  const double n = static_cast<double>(count_);
  const double t = boost::math::quantile(boost::math::students_t(n - 1), 0.975);
  const double half = t * std::sqrt(std::max(squares_, 0.0) / (n - 1) / n);
  return TimeChange{std::exp(mean_), std::exp(mean_ - half), std::exp(mean_ + half), count_};
}

}  // namespace ropewalk
