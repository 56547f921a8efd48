#pragma once
// Settings outside of the command line: environment variables, the project's file, the user's file. The order of
// precedence is flag, environment, workflow, project, user. `ropewalk config --origin` shows the result.

#include "options.hpp"

#include <ropewalk/error.hpp>
#include <ropewalk/workflow.hpp>

#include <string>
#include <vector>

namespace ropewalk::cli {

/// A setting that is in effect, for people.
struct Setting {
  std::string name, value;
  std::string origin;  ///< "--jobs", "ROPEWALK_JOBS", "/home/me/.config/ropewalk/config.yaml:2", "default"
};

/// Completes `options` with the values of the other sources. `workflow`: whose settings are included; may be null. A
/// source that cannot be read or has invalid values is an error.
Result<std::vector<Setting>> configure(Options& options, const Workflow* workflow = nullptr);

}  // namespace ropewalk::cli
