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
  std::optional<Placed<ColorWish>> color;
  std::vector<Placed<std::filesystem::path>> plugins;  ///< absolute
};

/// The nearest .ropewalk.yaml, from the current folder upwards. Only one that belongs to this user or to root and that
/// nobody else may write to: it can name folders of plugins. Empty: none.
std::filesystem::path project_file();
/// $XDG_CONFIG_HOME/ropewalk/config.yaml, else ~/.config/ropewalk/config.yaml. Empty: none.
std::filesystem::path user_file();

/// Errors are those of workflows, with their places.
Result<ConfigFile> read_config_file(const std::filesystem::path& file);

/// "there is no executor 'thred'; did you mean 'thread'?", or "".
std::string executor_problem(std::string_view name);

}  // namespace ropewalk::cli
