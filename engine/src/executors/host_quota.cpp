#include "executors/host_quota.hpp"

namespace ropewalk {
namespace {

constexpr std::int64_t kMinPauseNs = 500'000'000, kMaxPauseNs = 10'000'000'000;  // before one host more is tried
constexpr std::int64_t kTryAgainNs = 20'000'000;  // between two tries to start the only host

}  // namespace

void HostQuota::grow(std::int64_t now_ns) {
  if (hosts_ >= placed_ || now_ns < more_at_ns_) return;
  ++hosts_;
  more_at_ns_ = now_ns + pause_ns_;
}

void HostQuota::shrink(std::uint32_t alive, std::int64_t now_ns) {
  hosts_ = std::min(hosts_, alive);
  pause_ns_ = std::clamp(2 * pause_ns_, kMinPauseNs, kMaxPauseNs);
  more_at_ns_ = now_ns + pause_ns_;
}

void HostQuota::wait_for_others(std::int64_t now_ns) { wait_until_ns_ = now_ns + kTryAgainNs; }

}  // namespace ropewalk
