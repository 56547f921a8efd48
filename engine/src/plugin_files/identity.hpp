#pragma once
// Identifies one build of a plugin: its file and the libraries that it brings along. These are the libraries that the
// dynamic loader takes from folders named by the plugin itself (RPATH, RUNPATH) or by an absolute path. System
// libraries do not count.

#include "plugin_files/elf_file.hpp"

#include <ropewalk/error.hpp>

#include <sys/stat.h>

#include <filesystem>
#include <string>

namespace ropewalk {

struct PluginIdentity {
  std::string text;               ///< of each file: device, inode, size, and the times of its last changes
  bool brings_libraries = false;  ///< or searches for some relative to its own file
};

/// `status` is that of the open file that `elf` reads.
PluginIdentity identity_of(const ElfFile& elf, const struct stat& status, const std::filesystem::path& file);

/// Of what the path leads to now; empty if that cannot be read.
std::string identity_now(const std::filesystem::path& file);
/// The same of one file alone, without the libraries that it needs.
std::string file_identity(const std::filesystem::path& file);

/// The error of a run whose plugin is not loaded from a copy, and is not what it was planned with any more.
Error plugin_changed(const std::filesystem::path& file);

}  // namespace ropewalk
