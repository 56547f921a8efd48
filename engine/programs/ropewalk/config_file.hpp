#pragma once
// A file of settings: .ropewalk.yaml of a project, config.yaml of a user.

#include "options.hpp"

#include <ropewalk/error.hpp>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace ropewalk::cli {

template <class T>
struct Placed {
  T value;
  std::string place;  ///< "FILE:LINE"
};

struct ConfigFile {
  std::optional<Placed<unsigned>> jobs;
  std::optional<Placed<std::string>> executor;
  std::optional<Placed<ColorMode>> color;
  std::optional<Placed<bool>> record;
  std::optional<Placed<Durability>> durability;
  std::vector<Placed<std::filesystem::path>> plugins;  ///< absolute
  bool of_project = false;                             ///< and not the user's
};

/// The nearest .ropewalk.yaml, from the current folder upwards. Only one that belongs to this user or to root and that
/// nobody else may write to. Empty: none, or the program has borrowed rights.
std::filesystem::path project_file();
/// $XDG_CONFIG_HOME/ropewalk/config.yaml, else ~/.config/ropewalk/config.yaml; it belongs to this user or to root, and
/// not everybody may write to it. Empty as above.
std::filesystem::path user_file();

/// Errors are those of workflows, with their places.
Result<ConfigFile> read_config_file(const std::filesystem::path& file);

/// "there is no executor 'thred'; did you mean 'thread'?", or "".
std::string executor_problem(std::string_view name);

}  // namespace ropewalk::cli
