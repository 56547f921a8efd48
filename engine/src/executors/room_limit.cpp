#include "executors/room_limit.hpp"

#include <algorithm>

namespace ropewalk {
namespace {

constexpr std::int64_t kMinPauseNs = 2'000'000, kMaxPauseNs = 200'000'000;  // between two tries while nothing ends
constexpr std::int64_t kRaiseNs = 20'000'000;                               // without a refusal, until the limit grows
constexpr std::int64_t kHopelessNs = 3'000'000'000;                         // how long others may keep what is missing
constexpr std::uint32_t kHopelessTimes = 10;  // on a slow machine that time may be over before much has been tried

}  // namespace

void RoomLimit::refused(std::uint32_t others, bool elsewhere, std::int64_t now_ns) {
  max_ = std::max(1u, std::min(max_, others));
  pause_ns_ = std::clamp(2 * pause_ns_, kMinPauseNs, kMaxPauseNs);
  try_at_ns_ = now_ns + pause_ns_;
  raise_at_ns_ = now_ns + kRaiseNs;
  found_ = false;
  alone_ = others == 0 && !elsewhere;
  if (elsewhere)
    alone_since_ns_ = 0, times_alone_ = 0;
  else if (alone_ && times_alone_++ == 0)
    alone_since_ns_ = now_ns;
}

std::uint32_t RoomLimit::max_workers(std::int64_t now_ns) {
  if (max_ == kNoLimit || !found_ || now_ns < raise_at_ns_) return max_;
  max_ += std::max(1u, max_ / 8);
  raise_at_ns_ = now_ns + kRaiseNs;
  return max_;
}

bool RoomLimit::hopeless(std::int64_t now_ns) const {
  return alone_ && times_alone_ >= kHopelessTimes && now_ns - alone_since_ns_ >= kHopelessNs;
}

}  // namespace ropewalk
