#pragma once
// A private, sealed copy of a plugin's file, made when the file was inspected. Every host of a plan loads this copy, so
// a plugin that is rebuilt, replaced or overwritten while tasks run changes neither running hosts nor later ones.

#include "base/fd.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

namespace ropewalk {

/// A memfd that bears the name of the plugin's file. Immutable; any thread.
class PluginImage {
 public:
  /// Reads `file` from its beginning. Null: this machine has no memory for it, or lets no memfd be executed.
  static std::shared_ptr<const PluginImage> copy(int file, std::uint64_t bytes, const std::string& name);

  int fd() const { return memfd_.get(); }
  std::uint64_t bytes() const { return bytes_; }

 private:
  PluginImage(Fd memfd, std::uint64_t bytes) : memfd_(std::move(memfd)), bytes_(bytes) {}

  Fd memfd_;
  std::uint64_t bytes_;
};

/// One build of a plugin, and what hosts load of it.
struct PluginBuild {
  std::filesystem::path file = {};
  std::string identity = {};  ///< see identity.hpp
  std::shared_ptr<const PluginImage> image =
      {};  ///< null: hosts load the file itself, and refuse to if its identity is another

  bool operator==(const PluginBuild&) const = default;
};

}  // namespace ropewalk
