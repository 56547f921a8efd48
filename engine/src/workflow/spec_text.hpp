#pragma once
// The YAML text of a WorkflowSpec. Written in the order of the language, so that equal specs have equal text.
// Checks only what has no form in YAML; the forms check the rest once the text is read.

#include "workflow/part_names.hpp"

#include <ropewalk/error.hpp>
#include <ropewalk/workflow_spec.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace ropewalk {

struct SpecText {
  std::string text;
  std::shared_ptr<const PartNames> parts;
  std::vector<Error> problems;  ///< of what is left out of the text or replaced, each with its part as the place
};

/// Stops soon after `max_bytes`.
SpecText write_spec(const WorkflowSpec& spec, std::size_t max_bytes);

}  // namespace ropewalk
