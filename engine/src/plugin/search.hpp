#pragma once
// Finds plugins by name: NAME.so in folders, in order, without loading anything. Values; any thread.

#include <ropewalk/error.hpp>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace ropewalk {

class PluginFolders {
 public:
  /// `first`: from the workflow and the command line; then ROPEWALK_PLUGIN_PATH (not in a privileged program), the
  /// user's data folder, and the folder that belongs to `programs`. Never the current directory unasked.
  PluginFolders(const std::vector<std::filesystem::path>& first, const std::filesystem::path& programs);

  /// The absolute path of the first NAME.so; an error names the folders and the nearest name.
  Result<std::filesystem::path> find(std::string_view name) const;
  /// All that find() would find, ascending.
  std::vector<std::string> names() const;
  const std::vector<std::filesystem::path>& folders() const { return folders_; }

 private:
  std::vector<std::filesystem::path> folders_;  // absolute
};

/// [a-z][a-z0-9_-]*
bool is_plugin_name(std::string_view name);

}  // namespace ropewalk
