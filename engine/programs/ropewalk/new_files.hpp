#pragma once
// The files that `ropewalk new` makes: the text of each, by the name that was chosen. Pure; knows no file system.

#include <string>
#include <string_view>
#include <vector>

namespace ropewalk::cli {

enum class PluginLanguage { cpp, c };

struct NewFile {
  std::string path;  ///< relative to the new folder, with folders of its own
  std::string text;
};

/// A folder that builds with CMake and tests itself. `name` is a name of a plugin.
std::vector<NewFile> new_plugin_files(std::string_view name, PluginLanguage language);

/// A workflow of plugins that ship, valid as it stands.
std::string new_workflow_text(std::string_view name);

}  // namespace ropewalk::cli
