#pragma once
// Looks at a plugin's file before any of its code runs: what a dynamic loader would crash, hang or mislead on is
// refused here with its reason. Of a file in Python only its owner and its kind are judged. Reads with pread, never
// maps: a truncated file cannot become SIGBUS.

#include "base/fd.hpp"
#include "plugin_files/image.hpp"

#include <ropewalk/error.hpp>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace ropewalk {

struct PluginInspection {
  std::string identity;               ///< changes when the file does: see identity.hpp
  std::vector<std::string> warnings;  ///< e.g. a group-writable folder
  bool brings_libraries = false;      ///< a copy of its file alone could not be loaded
  Fd file = {};                       ///< what was looked at
  std::uint64_t bytes = 0;
};

/// `program`: a file whose owner may own plugins too (the installation). Errors carry P codes.
Result<PluginInspection> inspect_plugin(const std::filesystem::path& file, const std::filesystem::path& program);

/// Copies what was looked at. Null: there can be no copy, and hosts have to load the file itself. An error: the file
/// has changed since it was looked at.
Result<std::shared_ptr<const PluginImage>> copy_plugin(const PluginInspection& look, const std::filesystem::path& file);

}  // namespace ropewalk
