#pragma once
// The variables that `env` of the file, of its defaults and of the stage add to the environment of a stage's hosts. The
// stage's own value of a key wins, then that of the defaults. Used by the planner, on one thread.

#include "expressions/resolve_context.hpp"
#include "workflow/node.hpp"

#include <ropewalk/plan.hpp>

namespace ropewalk {

class AttemptBindings;  // choices/attempt_bindings.hpp

/// Adds or replaces variables. Values may read what is known before the run, and, if `later` is given, the
/// attempt: it takes what does, and the variables are those of a first attempt. `env` may be null.
void read_environment(const Node* env, const ResolveContext& names, Environment& environment,
                      AttemptBindings* later = nullptr);

}  // namespace ropewalk
