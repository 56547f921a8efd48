#pragma once
// Finds plugins by name: NAME.so or NAME.py in folders, in order, without loading anything. A plugin that ships is
// never hidden by another one of its name, and a folder that is not trusted hides nothing. Values; any thread.

#include <ropewalk/error.hpp>
#include <ropewalk/input_names.hpp>

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace ropewalk {

struct PluginFolder {
  PluginFolder(std::filesystem::path folder, bool may_run = true) : path(std::move(folder)), trusted(may_run) {}
  PluginFolder(const char* folder) : PluginFolder(std::filesystem::path(folder)) {}

  std::filesystem::path path;
  bool trusted;  ///< code in it may run
};

struct FoundPlugin {
  std::filesystem::path file;  ///< absolute
  bool trusted = true;
  bool shipped = false;
};

class PluginFolders {
 public:
  using Trusts = std::function<bool(const std::filesystem::path& folder)>;

  /// `first`: from the workflow and the command line. Then ROPEWALK_PLUGIN_PATH, the user's data folder (neither in a
  /// program with borrowed rights), and `shipped`, the folder of the plugins that ship. Never the current directory
  /// unasked: a relative folder of the variable is trusted only if `trusts` says so, and without `trusts` is trusted.
  /// `folder_input` adds a folder to `first`, in the words of the program.
  PluginFolders(const std::vector<PluginFolder>& first, const std::filesystem::path& shipped, const Trusts& trusts = {},
                std::string folder_input = InputNames().plugin_folder);

  /// The first one in a trusted folder, else the first one elsewhere. An error if there is none, with the folders and
  /// the nearest name, if another plugin of that name ships, or if the folder has two of that name.
  Result<FoundPlugin> find(std::string_view name) const;
  /// All that find() would find, ascending.
  std::vector<std::string> names() const;

 private:
  std::vector<PluginFolder> folders_;  // absolute; the shipped one is the last
  std::string folder_input_;
};

/// The file of the plugin of that name in a folder; empty: there is none. Does not look for a second one.
std::filesystem::path plugin_in(const std::filesystem::path& folder, std::string_view name);
/// Whether the folder's entry may be a plugin. Reads files in Python; runs none.
bool is_plugin_file(const std::filesystem::path& file);

/// The error of a plugin whose folder is not trusted. Its fixes are in the words of the program.
Error untrusted_folder(const std::filesystem::path& file, const InputNames& inputs);

/// [a-z][a-z0-9_-]*
bool is_plugin_name(std::string_view name);

}  // namespace ropewalk
