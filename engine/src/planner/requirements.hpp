#pragma once
// Checks what a file `requires`: versions of this program and of plugins. Used by the planner, on one thread.

#include "planner/task_lookup.hpp"
#include "workflow/document.hpp"
#include "workflow/diagnostics.hpp"

namespace ropewalk {

/// Reports requirements that are missing or have another version.
void check_requirements(const Document& file, TaskLookup& lookup, Diagnostics& diagnostics);

}  // namespace ropewalk
