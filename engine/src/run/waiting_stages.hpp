#pragma once
// The stages of a run that have not started, and which of them may: counters of what each still waits for, so that
// a stage's start or end costs as much as it has dependents. Driven by the run loop. Knows no outcome and no worker.

#include <ropewalk/plan.hpp>

#include <cstdint>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace ropewalk {

class WaitingStages {
 public:
  explicit WaitingStages(const Plan& plan);

  /// None waits any more.
  bool empty() const { return waiting_ == 0; }
  /// The one that may start next: in file order; where the number of tasks at once is capped, what lies furthest
  /// downstream comes first, so that what was begun is finished before more is begun.
  std::optional<std::uint32_t> next() const;
  /// It has started, so what streams from it may.
  void started(std::uint32_t stage);
  /// It has ended, with a start or without.
  void ended(std::uint32_t stage);

 private:
  struct Stage {
    std::uint32_t unmet = 0;  // stages that have to end, and one that has to start
    bool waiting = true;
    std::vector<std::uint32_t> on_end, on_start;  // who waits for it
  };
  using Turn = std::pair<std::int64_t, std::uint32_t>;  // what comes first, stage

  void met(std::uint32_t stage);
  void set_ranks();

  std::vector<Stage> stages_;
  std::vector<std::int64_t> ranks_;
  std::set<Turn> ready_;
  std::size_t waiting_;
};

}  // namespace ropewalk
