#pragma once
// A file that appears at its path whole or not at all: written without a name, synced, and put in place. Whoever looks
// sees what was there before or all that is new, also when the process is killed. Where the file system knows no files
// without a name it has one beside the path, which only a killed process leaves behind. One owner, one thread.

#include "descriptor.hpp"

#include <sys/stat.h>

#include <filesystem>
#include <string>
#include <string_view>

namespace disk {

/// What becomes of a path whose last name is a link, which somebody else may have planted. Links among its folders are
/// followed: who gives the path knows them.
enum class Links {
  never,  ///< refused: the task has made up the name
  below,  ///< followed if it leads to a file below its folder, else refused
};

class Replacement {
 public:
  /// A file that is there already keeps its permissions and, as far as the user may give it away, its owner and group. A new
  /// one gets `mode` less the umask. `path` outlives the replacement; it stands in what is thrown.
  explicit Replacement(const std::filesystem::path& path, mode_t mode = 0666, Links links = Links::below);
  /// Nothing is left of it unless it is in its place.
  ~Replacement();
  Replacement(const Replacement&) = delete;
  Replacement& operator=(const Replacement&) = delete;

  void write(std::string_view bytes);
  void move_into_place();

 private:
  void find_target(Links links);
  void follow();
  Descriptor create(mode_t mode);
  void keep_owner_and_mode();
  void name();
  [[noreturn]] void refuse(std::string_view why) const;

  const std::filesystem::path& path_;
  Descriptor folder_;      ///< of the target, which bears name_ in it; no path is resolved after it is open
  std::string name_;
  struct stat status_ {};  ///< of the target, if it exists
  bool exists_ = false;
  std::string temporary_;  ///< the name beside the target; empty: it has none, or is in its place
  Descriptor fd_;
};

}  // namespace disk
