#pragma once
// What a plugin says of itself, held against itself and against what this program has. Pure; any thread.

#include <ropewalk/error.hpp>
#include <ropewalk/plugin.hpp>

#include <vector>

namespace ropewalk {

/// Everything that cannot be, each at the plugin's file; nothing: the description can be used.
std::vector<Error> check_description(const Plugin& plugin);

}  // namespace ropewalk
