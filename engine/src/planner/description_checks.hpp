#pragma once
// Checks that the description of a plugin is consistent, and fits this program. Pure; any thread.

#include <ropewalk/error.hpp>
#include <ropewalk/plugin.hpp>

#include <vector>

namespace ropewalk {

/// All errors, each with the plugin's file as its place. Empty: the description is valid.
std::vector<Error> check_description(const Plugin& plugin);

}  // namespace ropewalk
