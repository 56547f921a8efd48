#pragma once
// What holds for each attempt of a stage's tasks: timeout, retries and limits, as the stage or the defaults give them;
// and how long the stage may take. Used by the planner, on one thread. Knows nothing of executors, and enforces
// nothing.

#include "expressions/resolve_context.hpp"
#include "workflow/document.hpp"

#include <ropewalk/plan.hpp>

#include <cstdint>

namespace ropewalk {

struct AttemptRules {
  std::int64_t timeout_ns = 0;   ///< 0: none
  std::int64_t deadline_ns = 0;  ///< of the stage as a whole; 0: none
  Retries retries;
  Limits limits;
};

class AttemptBindings;  // attempt_bindings.hpp

/// What `keys` say, and `rules` where they are silent; a key replaces the whole of what stood there. Values may read
/// params. A map of retries without `max` means three extra tries, one without `max_delay` one minute or `delay`, the
/// longer of the two.
/// `later`: takes what depends on the attempt, and the rules are those of a first attempt; null: nothing may.
AttemptRules read_rules(const StageKeys& keys, const ResolveContext& names, AttemptRules rules = {},
                        AttemptBindings* later = nullptr);

/// `deadline` of the run; 0 after a diagnostic.
std::int64_t read_deadline(const Node& node, const ResolveContext& names);
/// `load_timeout` of `plugins`. 0: a diagnostic was reported.
std::int64_t read_load_timeout(const Node& node, const ResolveContext& names);

}  // namespace ropewalk
