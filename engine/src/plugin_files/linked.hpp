#pragma once
// The plugins that are linked into this program, and its own file, which is started again to run them. The list is made
// by the linker, so it is complete before any constructor runs. None of the plugins' code is called here. Values; any
// thread.

#include "plugin_files/image.hpp"

#include <ropewalk/error.hpp>
#include <ropewalk/linked_plugin.h>

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ropewalk {

using LinkedPlugins = std::span<const ropewalk_linked_plugin* const>;

/// Those of the executable or library that contains this function.
LinkedPlugins linked_plugins();

/// Null: none is called that. An error: several are.
Result<const ropewalk_linked_plugin*> find_linked(LinkedPlugins plugins, std::string_view name);

/// Ascending, each once. Names that are none are left out.
std::vector<std::string> names_of(LinkedPlugins plugins);

/// The error of a plugin that has the name of one that ships.
Error ships_as_well(std::string_view name, const std::filesystem::path& shipped);

/// What hosts of the plugin are started from: the file that this process runs, whatever became of its path. An error:
/// it cannot be started again as it is.
Result<PluginBuild> build_of_program(const ropewalk_linked_plugin& plugin);

/// Of the program in the descriptor, as that of build_of_program(). `file` is its path.
std::string program_identity(int program, const std::filesystem::path& file);
/// Whether the libraries that a program brings along are the same in both identities. Those of its file differ when
/// its path is given to another file, which does not matter to a process that has it open.
bool same_libraries(std::string_view planned, std::string_view now);

}  // namespace ropewalk
