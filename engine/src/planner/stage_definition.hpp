#pragma once
// The text of a stage in one form, whatever the style of its YAML: what a resumed run compares with the stage of an
// earlier session. Pure.

#include "workflow/document.hpp"

#include <ropewalk/plan.hpp>

namespace ropewalk {

StageDefinition define_stage(const Document& file, const StageForm& form);

}  // namespace ropewalk
