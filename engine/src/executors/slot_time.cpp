#include "executors/slot_time.hpp"

namespace ropewalk {

SlotTime::SlotTime(std::uint32_t workers, std::int64_t now_ns)
    : workers_(workers), borders_{{now_ns, {}}}, since_ns_(now_ns) {}

void SlotTime::change(Idle reason, std::int64_t now_ns) {
  now_ns = std::max(now_ns, since_ns_);
  Border border{now_ns, sums_at(now_ns)};
  if (now_ns == since_ns_)
    borders_.back() = border;
  else
    borders_.push_back(border);
  reason_ = reason;
  since_ns_ = now_ns;
  if (borders_.size() > kMaxBorders) thin_out();
}

/// Leaves out every other border of the older half. Stretches that begin there and are not known yet are divided a
/// little less exactly; the parts still add up.
void SlotTime::thin_out() {
  const std::size_t half = borders_.size() / 2;
  std::size_t kept = 1;
  for (std::size_t i = 2; i < borders_.size(); i += i < half ? 2 : 1) borders_[kept++] = borders_[i];
  borders_.resize(kept);
}

void SlotTime::take_old(std::int64_t from_ns, std::int64_t to_ns) {
  // What is said of the time before the stage cannot be divided: it counts as of its beginning.
  const std::int64_t begin_ns = borders_.front().at_ns;
  if (from_ns < begin_ns) taken_[static_cast<std::size_t>(Idle::dispatch)] += static_cast<double>(begin_ns - from_ns);
  const Sums from = sums_at(std::max(from_ns, begin_ns)), to = sums_at(std::max(to_ns, begin_ns));
  for (std::size_t i = 0; i < kIdleReasons; ++i) taken_[i] += to[i] - from[i];
}

/// `ns`: not before the first border.
SlotTime::Sums SlotTime::sums_at(std::int64_t ns) const {
  if (ns >= since_ns_) {
    Sums sums = borders_.back().sums;
    sums[static_cast<std::size_t>(reason_)] += static_cast<double>(ns - since_ns_);
    return sums;
  }
  const auto next = std::upper_bound(borders_.begin(), borders_.end(), ns,
                                     [](std::int64_t at_ns, const Border& border) { return at_ns < border.at_ns; });
  const Border& before = *(next - 1);
  const double share = static_cast<double>(ns - before.at_ns) / static_cast<double>(next->at_ns - before.at_ns);
  Sums sums = before.sums;
  for (std::size_t i = 0; i < kIdleReasons; ++i) sums[i] += (next->sums[i] - before.sums[i]) * share;
  return sums;
}

SlotTimes SlotTime::at(std::int64_t now_ns) const {
  const std::int64_t end_ns = std::max(now_ns, borders_.front().at_ns);
  const Sums sums = sums_at(end_ns);
  SlotTimes times{.total = static_cast<double>(workers_) * static_cast<double>(end_ns - borders_.front().at_ns),
                  .run = static_cast<double>(run_)};
  double parts = times.run;
  for (std::size_t i = 0; i < kIdleReasons; ++i) {
    times.idle[i] = std::max(static_cast<double>(workers_) * sums[i] - taken_[i] + known_[i], 0.0);
    parts += times.idle[i];
  }
  times.residual = times.total - parts;
  return times;
}

}  // namespace ropewalk
