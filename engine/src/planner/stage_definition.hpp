#pragma once
// The text of a stage in one form, whatever the style of its YAML: what a resumed run compares with the stage of an
// earlier session. Pure.

#include "workflow/document.hpp"

#include <ropewalk/plan.hpp>

namespace ropewalk {

/// What `defaults` and the file add is part of it where it reaches the stage: keys that it does not set itself,
/// parameters that its task takes, vars that it reads. `type`: its task type; null: not known.
StageDefinition define_stage(const Document& file, const StageForm& form, const TaskDescription* type);

}  // namespace ropewalk
