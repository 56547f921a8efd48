#pragma once
// A file that appears at its path whole or not at all: written without a name, synced, and put in place. Whoever looks
// sees what was there before or all that is new, also when the process is killed. Where the file system knows no files
// without a name it has one beside the path, which only a killed process leaves behind. One owner, one thread.

#include "descriptor.hpp"

#include <sys/stat.h>

#include <filesystem>
#include <string_view>

namespace disk {

class Replacement {
 public:
  /// A file that is there already keeps its mode, a new one gets `mode` less the umask. A link is followed. `path`
  /// outlives the replacement; it stands in what is thrown.
  explicit Replacement(const std::filesystem::path& path, mode_t mode = 0666);
  /// Nothing is left of it unless it is in its place.
  ~Replacement();
  Replacement(const Replacement&) = delete;
  Replacement& operator=(const Replacement&) = delete;

  void write(std::string_view bytes);
  void move_into_place();

 private:
  std::filesystem::path target() const;
  Descriptor create(mode_t mode);
  void name();

  const std::filesystem::path& path_;
  struct stat status_ {};
  const bool exists_;
  const std::filesystem::path target_;  ///< path_ with links resolved
  std::filesystem::path temporary_;     ///< beside the target; empty: it has no name, or is in its place
  Descriptor fd_;
};

}  // namespace disk
