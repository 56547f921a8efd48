#pragma once
// Decides that a worker will never end its task, because what it said of it was lost: it sleeps for an item or for room
// although it has a task, and has said nothing more since. A worker that was just woken looks the same until it gets a
// core. Pure: takes what is seen and the time. Knows no host.

#include <cstdint>
#include <utility>

namespace ropewalk {

class LossWatch {
 public:
  static constexpr std::int64_t kLossNs = 1'000'000'000;
  /// Other workers of the host may keep cores busy, so waiting for a core is believed no longer than this.
  static constexpr std::int64_t kMaxWaitNs = 10'000'000'000;

  /// Its worker has no task, or does something.
  void end() { idle_ = false; }
  /// Its worker sleeps although it has a task. `read`: bytes of records that were read of its lane. `all_sleep()`:
  /// whether no thread of its host runs or waits for a core; called only if that decides.
  template <class AllSleep>
  bool is_lost(std::uint64_t read, std::int64_t now_ns, AllSleep&& all_sleep) {
    if (!std::exchange(idle_, true) || read_ != read) since_ns_ = now_ns, read_ = read;
    const std::int64_t idle_ns = now_ns - since_ns_;
    return idle_ns >= kMaxWaitNs || (idle_ns >= kLossNs && all_sleep());
  }

 private:
  bool idle_ = false;
  std::uint64_t read_ = 0;
  std::int64_t since_ns_ = 0;
};

}  // namespace ropewalk
