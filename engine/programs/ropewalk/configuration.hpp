#pragma once
// What is set outside of the command line: environment variables, the project's file, the user's file. The order is
// flag, environment, workflow, project, user; `ropewalk config --origin` shows what came of it.

#include "options.hpp"

#include <ropewalk/error.hpp>
#include <ropewalk/workflow.hpp>

#include <string>
#include <vector>

namespace ropewalk::cli {

/// A setting that is in force, for people.
struct Setting {
  std::string name, value;
  std::string origin;  ///< "--jobs", "ROPEWALK_JOBS", "/home/me/.config/ropewalk/config.yaml:2", "default"
};

/// Completes `options` by what the other sources say. `workflow`: of which settings are wanted; null: of none.
/// A source that cannot be read, or says nonsense, is an error.
Result<std::vector<Setting>> configure(Options& options, const Workflow* workflow = nullptr);

}  // namespace ropewalk::cli
