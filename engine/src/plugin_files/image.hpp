#pragma once
// A private, sealed copy of a plugin's file, made when the file was inspected. Every host of a plan loads this copy, so
// a plugin that is rebuilt, replaced or overwritten while tasks run changes neither running hosts nor later ones. Of a
// plugin that is linked into this program, the program's own open file, which hosts are started from.

#include "base/fd.hpp"

#include <ropewalk/plugin.hpp>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

namespace ropewalk {

/// A memfd that bears the name of the plugin's file, or the file of this program. Immutable; any thread.
class PluginImage {
 public:
  /// Reads `file` from its beginning. Null: this machine has no memory for it, or lets no memfd be executed.
  static std::shared_ptr<const PluginImage> copy(int file, std::uint64_t bytes, const std::string& name);

  /// `plugin`: its name.
  static std::shared_ptr<const PluginImage> of_program(Fd program, std::string plugin);

  int fd() const { return fd_.get(); }
  /// Of memory that the copy takes.
  std::uint64_t bytes() const { return bytes_; }
  /// The name of a plugin that is linked into this program; empty: the image is a copy.
  const std::string& linked() const { return linked_; }

 private:
  PluginImage(Fd fd, std::uint64_t bytes, std::string linked)
      : fd_(std::move(fd)), bytes_(bytes), linked_(std::move(linked)) {}

  Fd fd_;
  std::uint64_t bytes_;
  std::string linked_;
};

/// One build of a plugin, and what hosts load of it.
struct PluginBuild {
  std::filesystem::path file = {};
  std::string identity = {};  ///< see identity.hpp
  std::shared_ptr<const PluginImage> image =
      {};  ///< null: hosts load the file itself, and refuse to if its identity is another
  std::filesystem::path interpreter = {};  ///< that runs a plugin in Python; empty: the plugin is a shared library

  bool is_linked() const { return image && !image->linked().empty(); }
  /// For messages: the name of its file, or of a linked plugin.
  std::string shown_name() const { return is_linked() ? image->linked() : file.filename().string(); }

  bool operator==(const PluginBuild&) const = default;
};

/// What hosts of a described plugin load.
PluginBuild build_of(const Plugin& plugin);

}  // namespace ropewalk
