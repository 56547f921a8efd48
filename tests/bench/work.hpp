#pragma once
// Calibrated work: a chain in which each turn depends on the previous one, so that its length is time on any core and
// no compiler shortens it. Ropewalk's plugin and every peer run this same function.

#include <chrono>
#include <cstdint>

namespace ropewalk::bench {

/// splitmix64's increment keeps the chain from falling into a short cycle.
[[gnu::noinline]] inline std::int64_t chain(std::int64_t seed, std::int64_t turns) {
  auto x = static_cast<std::uint64_t>(seed);
  for (std::int64_t i = 0; i < turns; ++i) {
    x = ((x << 23) | (x >> 41)) + 0x9e3779b97f4a7c15;
    x ^= x >> 31;
  }
  return static_cast<std::int64_t>(x);
}

using Clock = std::chrono::steady_clock;
inline double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Nanoseconds of one turn: the best of a few tries, because disturbances only make it longer.
inline double ns_per_turn() {
  constexpr std::int64_t kTurns = 400'000;
  double best = 1e9;
  volatile std::int64_t kept = 0;
  for (int i = 0; i < 15; ++i) {
    const auto start = Clock::now();
    kept = chain(kept, kTurns);
    const double ns = seconds_since(start) * 1e9 / kTurns;
    best = ns < best ? ns : best;
  }
  return best;
}

}  // namespace ropewalk::bench
