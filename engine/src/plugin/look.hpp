#pragma once
// Looks at a plugin's file before any of its code runs: what a dynamic loader would crash, hang or mislead on is
// refused here with its reason. Reads with pread, never maps: a truncated file cannot become SIGBUS.

#include <ropewalk/error.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace ropewalk {

struct PluginLook {
  std::string identity;               ///< changes when the file does: device, inode, size, mtime
  std::vector<std::string> warnings;  ///< e.g. a group-writable folder
};

/// `program`: a file whose owner may own plugins too (the installation). Errors carry P codes.
Result<PluginLook> look_at_plugin(const std::filesystem::path& file, const std::filesystem::path& program);

}  // namespace ropewalk
