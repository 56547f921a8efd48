#pragma once
// The JSON Schema (2020-12) of workflow files for editors, generated from the tables of the validator and from the
// descriptions of plugins. A schema cannot check expressions, names of stages or cycles; `ropewalk validate` does.

#include <ropewalk/plugin.hpp>

#include <memory>
#include <string>
#include <vector>

namespace ropewalk::cli {

/// Indented text. Tasks of plugins that are not listed are accepted with any parameters.
std::string workflow_schema(const std::vector<std::shared_ptr<const Plugin>>& plugins);

}  // namespace ropewalk::cli
