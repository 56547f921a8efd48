#include "executors/start_back_off.hpp"

#include <algorithm>

namespace ropewalk {
namespace {

// A plugin that cannot be loaded is reported soon, but a brief problem must not fail the stage.
constexpr std::uint32_t kOwnDeaths = 5;
constexpr std::int64_t kOwnDeathsLastNs = 1'000'000'000;
// Whatever kills the hosts may stop. Where a host takes long to start, the number decides, not the time.
constexpr std::uint32_t kOutsideDeaths = 50;
constexpr std::int64_t kOutsideDeathsLastNs = 10'000'000'000;
// The first is replaced at once. Then each start waits twice as long as the one before.
constexpr std::uint32_t kUnbraked = 2, kMaxDoublings = 3;
constexpr std::int64_t kFirstPauseNs = 10'000'000;

}  // namespace

void StartBackOff::Streak::add(Cause cause, std::int64_t now_ns) {
  if (unused.all() == 0) first_ns = now_ns;
  if (cause == Cause::own && unused.own++ == 0) first_own_ns = now_ns;
  if (cause == Cause::outside) ++unused.outside;
}

void StartBackOff::host_ended_unused(Cause cause, std::int64_t now_ns) {
  since_host_.add(cause, now_ns);
  since_progress_.add(cause, now_ns);
  const std::uint32_t unused = since_host_.unused.all();
  if (unused >= kUnbraked) start_at_ns_ = now_ns + (kFirstPauseNs << std::min(unused - kUnbraked, kMaxDoublings));
}

/// Where most hosts were killed from outside, the same killer may have sent the fault signals of the others.
bool StartBackOff::ends_by_itself(const Streak& streak, std::int64_t now_ns) {
  return streak.unused.own >= kOwnDeaths && streak.unused.own > streak.unused.outside &&
         now_ns - streak.first_own_ns >= kOwnDeathsLastNs;
}

bool StartBackOff::hopeless(std::int64_t now_ns) const {
  return ends_by_itself(since_progress_, now_ns) ||
         (since_progress_.unused.all() >= kOutsideDeaths && now_ns - since_progress_.first_ns >= kOutsideDeathsLastNs);
}

}  // namespace ropewalk
