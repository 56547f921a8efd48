#pragma once
// Where annotations of GitHub Actions point to: the stages in the files of the workflow.

#include "report/github.hpp"

#include <vector>

namespace ropewalk {
struct Plan;
}

namespace ropewalk::cli {

/// Whether this is a step of GitHub Actions, which shows annotations.
bool shows_annotations();

/// The places of the plan's stages, in their order. Files below the checked-out repository are relative to it, as
/// GitHub names them; others are as the workflow was named. A stage that is in no file has no place.
std::vector<AnnotatedPlace> annotated_places(const Plan& plan);

}  // namespace ropewalk::cli
