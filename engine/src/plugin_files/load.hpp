#pragma once
// Loads a plugin into this process: only host programs do. The only place that includes Boost.DLL.

#include "plugin_files/entry.hpp"

#include <ropewalk/error.hpp>
#include <ropewalk/sdk/abi.h>

#include <filesystem>

namespace ropewalk {

/// Loads, checks what the plugin says of itself, and lets it describe its task types. Errors carry P codes.
/// `copy`: a descriptor from which the file is loaded in place of its path, or -1.
Result<LoadedPlugin> load_plugin(const std::filesystem::path& file, const ropewalk_host& host, int copy = -1);

}  // namespace ropewalk
