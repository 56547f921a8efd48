#pragma once
// Processes that are left when a warden was killed: what its hosts' tasks started lives on without a parent that would
// end it. They are known by a mark in the environment that every host gets and hands down.

#include <sys/types.h>

#include <string>

namespace ropewalk {

/// "ROPEWALK_ENGINE=...", different for each engine of this machine.
std::string engine_mark();

/// Kills every process but this one whose environment holds the mark, until none is found. Gives up when none of them
/// has ended for two seconds.
void end_marked(const std::string& mark);

/// Kills everything that descends from the process, which must not be able to reap, and then the process itself.
void end_tree(pid_t root);

}  // namespace ropewalk
