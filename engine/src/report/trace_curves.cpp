#include "report/trace_curves.hpp"

#include <algorithm>

namespace ropewalk {
namespace {

std::size_t place(std::int64_t number) { return static_cast<std::size_t>(std::max<std::int64_t>(number, 0)); }

}  // namespace

void StepCurve::step(std::int64_t t_ns, std::int64_t by) {
  // A step counts from the first sample that is not before it.
  const auto at = [&] { return place((std::max<std::int64_t>(t_ns, 0) + interval_ns_ - 1) / interval_ns_); };
  while (at() >= kCurveSamples) {
    std::vector<std::int64_t> merged((steps_.size() + 2) / 2);
    for (std::size_t i = 0; i < steps_.size(); ++i) merged[(i + 1) / 2] += steps_[i];
    steps_ = std::move(merged);
    interval_ns_ *= 2;
  }
  if (steps_.size() <= at()) steps_.resize(at() + 1);
  steps_[at()] += by;
}

std::vector<std::int64_t> StepCurve::samples() const {
  std::vector<std::int64_t> all;
  std::int64_t value = 0;
  for (const std::int64_t step : steps_) all.push_back(value += step);
  return all;
}

void RateCurve::reach(std::int64_t t_ns) {
  while (place(t_ns / interval_ns_) >= kCurveSamples) {
    std::vector<double> merged((amounts_.size() + 1) / 2);
    for (std::size_t i = 0; i < amounts_.size(); ++i) merged[i / 2] += amounts_[i];
    amounts_ = std::move(merged);
    interval_ns_ *= 2;
  }
  if (amounts_.size() <= place(t_ns / interval_ns_)) amounts_.resize(place(t_ns / interval_ns_) + 1);
}

void RateCurve::add(std::int64_t from_ns, std::int64_t to_ns, double amount) {
  from_ns = std::max<std::int64_t>(from_ns, 0);
  if (to_ns <= from_ns) return;
  reach(to_ns);
  const double rate = amount / static_cast<double>(to_ns - from_ns);
  for (std::int64_t at = from_ns; at < to_ns;) {
    const std::int64_t end = std::min(to_ns, (at / interval_ns_ + 1) * interval_ns_);
    amounts_[place(at / interval_ns_)] += rate * static_cast<double>(end - at);
    at = end;
  }
}

std::vector<double> RateCurve::samples() const {
  std::vector<double> all;
  for (const double amount : amounts_) all.push_back(amount / static_cast<double>(interval_ns_));
  return all;
}

}  // namespace ropewalk
