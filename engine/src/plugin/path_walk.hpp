#pragma once
// Opens a plugin's file one folder at a time, and judges each folder and link on the way. A path is resolved once: what is
// inspected, copied and loaded is the descriptor that the walk ends with. Reads nothing. Any thread.

#include "base/fd.hpp"

#include <sys/stat.h>

#include <filesystem>
#include <optional>
#include <string>

namespace ropewalk {

/// The users who may own a plugin and what leads to it: the user, root, the owner of the installed program, who could replace
/// it, and the owner of the root folder, who is root unless a user namespace hides him.
class TrustedOwners {
 public:
  explicit TrustedOwners(const std::filesystem::path& program);
  bool include(uid_t user) const { return user == 0 || user == user_ || user == installer_ || user == owner_of_root_; }

 private:
  uid_t user_, installer_, owner_of_root_ = 0;
};

/// Why somebody else could decide what a path leads to.
struct UnsafePath {
  std::string why;  ///< "everybody may write to the folder /srv"
  std::string fix;
};

struct PathWalk {
  Fd end = {};                     ///< a regular file is open for reading, anything else as O_PATH; none: see `error`
  struct stat status {};           ///< of the end, or of the last folder that exists
  std::filesystem::path real = {};  ///< its path without links
  int error = 0;                   ///< errno where the path leads nowhere
  std::optional<UnsafePath> unsafe = {};
};

/// `path` is absolute. The end itself is not judged, unless it is a folder.
PathWalk walk_path(const std::filesystem::path& path, const TrustedOwners& owners);

}  // namespace ropewalk
