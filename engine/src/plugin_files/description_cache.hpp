#pragma once
// What plugins said of themselves when their code was allowed to run, kept for commands that must not run it. A
// description counts for the very file that it was made of: same path, same identity. Plain values; any thread.

#include <ropewalk/plugin.hpp>

#include <filesystem>
#include <optional>
#include <string>

namespace ropewalk {

class DescriptionCache {
 public:
  /// Empty: nothing is kept and nothing found.
  explicit DescriptionCache(std::filesystem::path folder) : folder_(std::move(folder)) {}

  std::optional<Plugin> find(const std::filesystem::path& file, const std::string& identity) const;
  /// A failure is ignored: the plugin is then described again.
  void keep(const Plugin& plugin) const;

 private:
  std::filesystem::path place_of(const std::filesystem::path& file) const;

  std::filesystem::path folder_;
};

}  // namespace ropewalk
