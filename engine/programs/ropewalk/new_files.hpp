#pragma once
// The texts of the files that `ropewalk new` creates, for a chosen name. Pure; does not access the file system.

#include <string>
#include <string_view>
#include <vector>

namespace ropewalk::cli {

enum class PluginLanguage { cpp, c, python };

struct NewFile {
  std::string path;  ///< relative to the new folder; may contain subfolders
  std::string text;
};

/// A project of a plugin with that name, which has a test, and builds with CMake unless it is in Python.
std::vector<NewFile> new_plugin_files(std::string_view name, PluginLanguage language);

/// A valid workflow of shipped plugins.
std::string new_workflow_text(std::string_view name);

}  // namespace ropewalk::cli
