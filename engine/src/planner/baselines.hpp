#pragma once
// Finds stages that do the same work, so that their speeds can be compared. Pure; used by the planner.

#include <ropewalk/plan.hpp>

#include <string>
#include <vector>

namespace ropewalk {

/// Equal for equal variables.
std::string signature_of(const Environment& env);

/// Sets the baseline of each stage: the nearest stage before it in the file that has the same signature, and whose
/// executor runs one task at a time. `signatures`: of all stages; an empty one equals no other.
void find_baselines(std::vector<PlannedStage>& stages, const std::vector<std::string>& signatures);

}  // namespace ropewalk
