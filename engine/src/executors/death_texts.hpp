#pragma once
// What a person reads of a dead host and of the tasks that were in it. Pure text.

#include "executors/host_slot.hpp"
#include "executors/host_watch.hpp"
#include "executors/verdict.hpp"

#include <ropewalk/plan.hpp>

#include <string>

namespace ropewalk {

/// Of a host that had begun no task: a predicate for a sentence, such as "was killed by SIGKILL".
std::string how_it_died(const HostSlot& slot, const PlannedStage& stage);

/// The message of a task that ends by that verdict. Empty: describe_death() has it.
std::string end_message(const Verdict& verdict, const HostSlot& slot, const Lane& lane, const PlannedStage& stage,
                        const HostWatch& watch);

/// What is known of a crash: the stack, then the last lines that the task logged and printed.
std::string evidence_of(const HostSlot& slot, const Lane& lane);

}  // namespace ropewalk
