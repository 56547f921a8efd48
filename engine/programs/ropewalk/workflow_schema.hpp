#pragma once
// The JSON Schema (2020-12) of workflow files, made of the tables that the validator checks against and of what plugins
// say of their parameters. For editors; what a schema cannot say (expressions, names of stages, cycles) is left to
// `ropewalk validate`.

#include <ropewalk/plugin.hpp>

#include <memory>
#include <string>
#include <vector>

namespace ropewalk::cli {

/// Indented text. Tasks of other plugins than these are accepted with any parameters.
std::string workflow_schema(const std::vector<std::shared_ptr<const Plugin>>& plugins);

}  // namespace ropewalk::cli
