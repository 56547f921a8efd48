#pragma once
// Writes a file that appears at its path atomically: it is written without a name, synced, and put in place. Readers
// see the old content or the complete new content, even if the process is killed. On a file system without unnamed
// files, it has a temporary name beside the path, which remains only after a kill. One owner, single-threaded.

#include "descriptor.hpp"

#include <sys/stat.h>

#include <filesystem>
#include <string>
#include <string_view>

namespace disk {

/// How a link as the last component of the path is treated, because another user may have planted it. Links among its
/// folders are followed, because the caller knows them.
enum class Links {
  never,  ///< rejected: the task chose the name
  below,  ///< followed if it leads to a file below its folder, otherwise rejected
};

class Replacement {
 public:
  /// An existing file keeps its permissions and, as far as permitted, its owner and group. A new file gets `mode` minus
  /// the umask. `path` must outlive the replacement; it appears in exceptions.
  explicit Replacement(const std::filesystem::path& path, mode_t mode = 0666, Links links = Links::below);
  /// Removes the file unless it is in place.
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
  Descriptor folder_;  ///< the folder of the target, which has name_ in it; no path is resolved after it is open
  std::string name_;
  struct stat status_ {};  ///< of the target, if it exists
  bool exists_ = false;
  std::string temporary_;  ///< the name beside the target; empty: it has none, or is in place
  Descriptor fd_;
};

}  // namespace disk
