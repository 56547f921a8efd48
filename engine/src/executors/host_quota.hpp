#pragma once
// How many hosts a stage may have, how many workers each, and when it may start the next one. Pure: takes what the
// machine refused, and the time. Times are nanoseconds of the pool's clock. On the engine's thread.

#include "executors/start_back_off.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>

namespace ropewalk {

class HostQuota {
 public:
  /// `placed`: what the stage's placement asks for.
  explicit HostQuota(std::uint32_t placed) : placed_(placed), hosts_(placed) {}

  std::uint32_t hosts() const { return hosts_; }
  /// Tries one host more, if there are fewer than were placed and the pause is over.
  void grow(std::int64_t now_ns);
  /// No more than those that are alive could be had. The pause before the next try doubles each time.
  void shrink(std::uint32_t alive, std::int64_t now_ns);

  /// The most workers of one host.
  std::uint32_t workers_per_host() const { return workers_per_host_; }
  /// A host of so many workers found no room for a single task.
  void halve_workers(std::uint32_t workers) { workers_per_host_ = std::max(1u, workers / 2); }

  /// Other stages have what the next host needs: it is tried again a moment later.
  void wait_for_others(std::int64_t now_ns);
  bool may_start(std::int64_t now_ns) const { return std::max(back_off_.start_at_ns(), wait_until_ns_) <= now_ns; }

  StartBackOff& back_off() { return back_off_; }
  const StartBackOff& back_off() const { return back_off_; }

 private:
  const std::uint32_t placed_;
  std::uint32_t hosts_;
  std::uint32_t workers_per_host_ = std::numeric_limits<std::uint32_t>::max();
  std::int64_t more_at_ns_ = 0, pause_ns_ = 0;
  std::int64_t wait_until_ns_ = 0;
  StartBackOff back_off_;
};

}  // namespace ropewalk
