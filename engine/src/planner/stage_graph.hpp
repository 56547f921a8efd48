#pragma once
// Which stages wait for which, and why: by the order of the file, by `needs`, for their items, or because an expression
// reads them. Stages with `finally` wait for all others. The graph is derived from names, before anything is compiled,
// so that a stage is planned after those that it reads. Reports unknown names and cycles. One thread; borrows the
// stages.

#include "expressions/budget.hpp"
#include "expressions/known_stages.hpp"
#include "expressions/parsed_scalars.hpp"
#include "workflow/diagnostics.hpp"

#include <ropewalk/plan.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace ropewalk {

class StageGraph {
 public:
  using Why = StageWait::Why;
  struct Wait {
    std::uint32_t on;
    Why why;
    bool whole;                      ///< it starts once that stage has ended; else it streams from it
    const Node* node;                ///< the node that causes the wait; null for the order of the file
    std::size_t at = 0, length = 0;  ///< the part of its text; 0: all of it
  };

  StageGraph(const KnownStages& stages, ParsedScalars& parsed, Budget& budget, Diagnostics& diagnostics);

  /// One wait for each stage that it waits for.
  const std::vector<Wait>& waits(std::size_t stage) const { return waits_[stage]; }
  /// All stages, each after those that it waits for, otherwise in the order of the file. Stages of a cycle are
  /// anywhere.
  const std::vector<std::uint32_t>& order() const { return order_; }

 private:
  /// A stage that an expression reads.
  struct Read {
    std::string name;
    const Node* node;
    std::size_t at, length;
  };
  /// The stage that was last found to wait for a stage.
  struct Seen {
    std::uint32_t by = 0;  ///< plus 1
    std::uint32_t at = 0;  ///< in its waits
  };

  void find_waits(std::uint32_t stage);
  void find_order(std::uint32_t stage);
  void add(std::uint32_t stage, const Wait& wait);
  void add_reads(std::uint32_t stage, const std::vector<Read>& reads);
  void read_scalars(std::uint32_t stage, const Node& node);
  void read_default(std::uint32_t stage, const Node& node);
  std::vector<Read> reads_of(const Node& node);
  void sort();
  std::vector<std::uint32_t> cycle_from(std::uint32_t stage, const std::vector<bool>& placed) const;
  void report_cycle(const std::vector<std::uint32_t>& cycle);
  const Wait* wait_on(std::uint32_t stage, std::uint32_t on) const;

  const KnownStages& stages_;
  ParsedScalars& parsed_;
  Budget& budget_;
  Diagnostics& diagnostics_;
  std::vector<std::vector<Wait>> waits_;
  std::vector<std::uint32_t> ordinary_;  // stages without `finally`
  std::vector<std::uint32_t> order_;
  std::vector<Seen> seen_;  // scratch, as stages_
  std::map<const Node*, std::vector<Read>> defaults_;
};

}  // namespace ropewalk
