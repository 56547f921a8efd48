#pragma once
// What differs between the stages that an earlier session of a run had and those of a plan, for people: why a stage's
// tasks are not what they were, and what was edited in the workflow. Reads what a record says of the session. Pure.

#include <ropewalk/plan.hpp>
#include <ropewalk/record.hpp>

#include <string>
#include <vector>

namespace ropewalk {

/// Why tasks of the stage have another key than in that session: "param 'width' changed (80 -> 90)", "'with' was
/// edited". Empty: the session had no such stage, or it has not changed itself.
std::vector<std::string> key_changes(const RecordedSetup& then, const Plan& plan, const PlannedStage& now);

/// The keys of the language whose values in the workflow's text differ, ascending: "env", "with".
std::vector<std::string> edited_keys(const RecordedStage& then, const PlannedStage& now, const Plan& plan);

/// Whether they have the same text but for their name and `needs`.
bool is_alike(const RecordedStage& then, const PlannedStage& now, const Plan& plan);

}  // namespace ropewalk
