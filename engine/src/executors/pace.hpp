#pragma once
// How long the tasks of a stage take, and what follows: how many items a worker has dealt ahead, and after how many
// completions it rings. Pure. On the engine's thread.

#include <cstdint>

namespace ropewalk {

class Pace {
 public:
  /// So many tasks of one lane have ended, which ran so long together.
  void ended(std::int64_t run_ns, std::int64_t tasks);
  /// Lets the depth grow towards a millisecond of work; at most fourfold, since the first tasks may be unlike the
  /// others.
  void deepen();

  /// Items that a worker may have, the running one included.
  std::uint32_t depth() const { return depth_; }
  /// After how many completions a worker rings that has so many items.
  std::uint32_t ring_after(std::uint32_t items) const;

 private:
  double mean_ns_ = 0;  // of a task; 0: not known yet
  std::uint32_t depth_ = 2;
};

}  // namespace ropewalk
