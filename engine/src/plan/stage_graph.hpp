#pragma once
// Which stage waits for which, and why: by the order of the file, by `needs`, for its items, or because an expression
// reads it. Found from the names alone, before anything is compiled, so that stages can be planned in an order in
// which each knows what it reads. Tells unknown names and cycles. One thread; borrows the stages.

#include "plan/known_stages.hpp"
#include "workflow/mistakes.hpp"

#include <ropewalk/plan.hpp>

#include <cstdint>
#include <vector>

namespace ropewalk {

class StageGraph {
 public:
  using Why = StageWait::Why;
  struct Wait {
    std::uint32_t on;
    Why why;
    bool whole;        ///< it starts when that stage has ended; else it streams from it
    const Node* node;  ///< what says so; null for the order
    std::size_t at = 0, length = 0;  ///< the stretch of its text; 0: all of it
  };

  StageGraph(const KnownStages& stages, Mistakes& mistakes);

  /// One for each stage that it waits for.
  const std::vector<Wait>& waits(std::size_t stage) const { return waits_[stage]; }
  /// All stages, each behind those that it waits for, else as in the file; those in a cycle anywhere.
  const std::vector<std::uint32_t>& order() const { return order_; }

 private:
  void find_waits(std::uint32_t stage);
  void add(std::uint32_t stage, const Wait& wait);
  void read_scalars(std::uint32_t stage, const Node& node);
  void sort();
  std::vector<std::uint32_t> cycle_from(std::uint32_t stage, const std::vector<bool>& placed) const;
  void tell_cycle(const std::vector<std::uint32_t>& cycle);
  const Wait* wait_on(std::uint32_t stage, std::uint32_t on) const;

  const KnownStages& stages_;
  Mistakes& mistakes_;
  std::vector<std::vector<Wait>> waits_;
  std::vector<std::uint32_t> order_;
  std::vector<std::uint32_t> seen_by_;  // scratch: the last stage, plus 1, that was seen to wait for this one
};

}  // namespace ropewalk
