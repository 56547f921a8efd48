#pragma once
// Packs spans of time into lanes, of which each holds one span at a time: as many lanes as spans overlap.
// Single-threaded.

#include <cstdint>
#include <functional>
#include <queue>
#include <utility>
#include <vector>

namespace ropewalk {

class Lanes {
 public:
  /// The lowest lane that is free from `begin_ns` on; it is taken until `end_ns`. Begins must ascend.
  std::uint32_t take(std::int64_t begin_ns, std::int64_t end_ns) {
    for (; !taken_.empty() && taken_.top().first <= begin_ns; taken_.pop()) free_.push(taken_.top().second);
    if (free_.empty()) free_.push(count_++);
    const std::uint32_t lane = free_.top();
    free_.pop();
    taken_.emplace(end_ns, lane);
    return lane;
  }
  /// Lanes that have been used.
  std::uint32_t count() const { return count_; }

 private:
  template <class Element>
  using Lowest = std::priority_queue<Element, std::vector<Element>, std::greater<>>;

  Lowest<std::pair<std::int64_t, std::uint32_t>> taken_;  // {until when, lane}
  Lowest<std::uint32_t> free_;
  std::uint32_t count_ = 0;
};

}  // namespace ropewalk
