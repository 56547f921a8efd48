#pragma once
// How many tasks of a stage the machine has had room for at once, learned from those that found none. Pure: takes what
// happened and the time, returns how many workers may have work. Knows no task and no host.

#include <cstdint>
#include <limits>

namespace ropewalk {

class RoomLimit {
 public:
  static constexpr std::uint32_t kNoLimit = std::numeric_limits<std::uint32_t>::max();

  /// A task found no room while so many other workers of its stage had work. `elsewhere`: and workers of other stages.
  void refused(std::uint32_t others, bool elsewhere, std::int64_t now_ns);
  /// A task that had found room has ended, which gives that room back.
  void ended() { pause_ns_ = 0, alone_since_ns_ = 0, times_alone_ = 0, try_at_ns_ = 0, found_ = true; }

  /// Workers that may have work now. It grows again while tasks end and none is refused.
  std::uint32_t max_workers(std::int64_t now_ns);
  bool limited() const { return max_ != kNoLimit; }
  /// When those that were refused may try again although nothing has ended.
  std::int64_t try_at_ns() const { return try_at_ns_; }
  /// Whether tasks have been refused for long, and often, without any other beside them.
  bool hopeless(std::int64_t now_ns) const;

 private:
  std::uint32_t max_ = kNoLimit;
  std::int64_t pause_ns_ = 0, try_at_ns_ = 0, raise_at_ns_ = 0;
  bool found_ = false;               // a task has found room since one was refused
  bool alone_ = false;               // when it was last refused
  std::int64_t alone_since_ns_ = 0;  // and first, since a task found room; 0: not yet
  std::uint32_t times_alone_ = 0;    // since then
};

}  // namespace ropewalk
