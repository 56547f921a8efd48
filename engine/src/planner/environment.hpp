#pragma once
// The environment of a stage's hosts beyond what this program was given: `env` of the file, of its defaults and of
// the stage, the later ones by key before the earlier. Used by the planner, on one thread.

#include "expressions/resolve_context.hpp"
#include "workflow/node.hpp"

#include <ropewalk/plan.hpp>

namespace ropewalk {

/// Adds what `env` says, or replaces it. Values may read what is known before the run. Null is nothing to add.
void read_environment(const Node* env, const ResolveContext& names, Environment& environment);

}  // namespace ropewalk
