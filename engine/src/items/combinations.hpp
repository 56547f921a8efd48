#pragma once
// The combinations of a matrix that no exclude matches, in order and without a list. A graph counts the combinations
// below each value of each axis. Excludes that are equal from some axis on share the rest of the graph. Knows
// positions, not values.

#include "expressions/budget.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace ropewalk {

/// Immutable once made; any thread.
class Combinations {
 public:
  /// For each axis that an exclude names, the positions that it matches, ascending.
  using Exclude = std::map<std::uint32_t, std::vector<std::uint32_t>>;

  /// All combinations; their number is below 2^64.
  explicit Combinations(std::vector<std::uint32_t> sizes);

  /// Removes the combinations that any of `excludes` matches. Call it once. Returns false and sets `problem` if that
  /// exceeds the limits.
  bool leave_out(const std::vector<Exclude>& excludes, Budget& budget, std::string& problem);

  std::uint64_t size() const { return size_; }

  /// Calls `visit(axis, position)` for each axis of one combination.
  template <class Visit>
  void at(std::uint64_t index, const Visit& visit) const {
    std::uint32_t node = first_;
    for (std::uint32_t axis = 0; axis < sizes_.size(); ++axis) {
      const Run run = run_at(axis, node, index);
      visit(axis, run.position);
      node = run.node;
      index = run.rest;
    }
  }

 private:
  static constexpr std::uint32_t kAll = ~0u, kNone = ~0u - 1;  // in place of a node

  /// The values of an axis from `from` up to the next stretch, which all lead to the same node.
  struct Stretch {
    std::uint32_t from;
    std::uint32_t node;
    std::uint64_t before;  ///< combinations below the values before `from`
  };
  using Node = std::vector<Stretch>;
  struct Run {
    std::uint32_t position, node;
    std::uint64_t rest;
  };

  class GraphMaker;

  Run run_at(std::uint32_t axis, std::uint32_t node, std::uint64_t index) const;
  std::uint64_t count(std::uint32_t axis, std::uint32_t node) const;
  void add_up();

  const std::vector<std::uint32_t> sizes_;
  std::vector<std::uint64_t> below_;                // combinations of the axes from each on; one more than axes
  std::vector<std::vector<Node>> nodes_;            // of each axis
  std::vector<std::vector<std::uint64_t>> counts_;  // as nodes_
  std::uint32_t first_ = kAll;
  std::uint64_t size_ = 0;
};

}  // namespace ropewalk
