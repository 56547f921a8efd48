#pragma once
// What holds for each attempt of a stage's tasks: timeout, retries and limits, as the stage or the defaults give them.
// Used by the planner, on one thread. Knows nothing of executors, and enforces nothing.

#include "expressions/resolve_context.hpp"
#include "workflow/document.hpp"

#include <ropewalk/plan.hpp>

#include <cstdint>

namespace ropewalk {

struct AttemptRules {
  std::int64_t timeout_ns = 0;  ///< 0: none
  Retries retries;
  Limits limits;
};

/// What `keys` say, and `rules` where they are silent; a key replaces the whole of what stood there. Values may read
/// params. A map of retries without `max` means three extra tries, one without `max_delay` one minute or `delay`, the
/// longer of the two.
AttemptRules read_rules(const StageKeys& keys, const ResolveContext& names, AttemptRules rules = {});

}  // namespace ropewalk
