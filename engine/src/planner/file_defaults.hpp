#pragma once
// The compiled `defaults` of one file. Filled and read by the planner, on one thread.

#include "choices/attempt_rules.hpp"
#include "workflow/diagnostics.hpp"
#include "workflow/document.hpp"

#include <ropewalk/plan.hpp>

#include <set>
#include <string>

namespace ropewalk {

struct FileDefaults {
  AttemptRules rules;
  Environment env;              ///< with that of the file
  std::set<std::string> taken;  ///< keys of its `with` that a stage takes
  bool complete = true;         ///< the task types of all its stages are known
};

/// Reports each key of `defaults.with` that no stage of the file takes, unless a task is unknown that might have taken
/// it.
void report_unused(const Document& file, const FileDefaults& defaults, Diagnostics& diagnostics);

}  // namespace ropewalk
