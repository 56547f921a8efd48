#pragma once
// How much has been evaluated to make one plan: each text of a workflow has a budget of its own, and there may be many.

#include <cstdint>

namespace ropewalk {

struct PlanWork {
  static constexpr std::uint64_t kMaxSteps = 50'000'000;  ///< see Budget; half a second

  std::uint64_t steps = 0;
  bool told = false;  ///< that it was too much

  bool is_too_much() const { return steps > kMaxSteps; }
};

}  // namespace ropewalk
