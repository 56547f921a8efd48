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
  bool of_project = false;                             ///< the project's file; else the user's
};

/// The nearest .ropewalk.yaml, from the current folder upwards, that belongs to this user or root and that no other
/// user can write. Empty: there is none, or the program has borrowed rights.
std::filesystem::path project_file();
/// $XDG_CONFIG_HOME/ropewalk/config.yaml, else ~/.config/ropewalk/config.yaml; it must belong to this user or
/// root, and must not be writable by everybody. Empty as above.
std::filesystem::path user_file();

/// Errors are like those of workflows, with places.
Result<ConfigFile> read_config_file(const std::filesystem::path& file);

/// "there is no executor 'thred'; did you mean 'thread'?", or "".
std::string executor_problem(std::string_view name);

}  // namespace ropewalk::cli
