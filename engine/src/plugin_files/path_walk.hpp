#pragma once
// Opens a plugin's file one folder at a time, and judges each folder and link on the way. A path is resolved once: what
// is inspected, copied and loaded is the descriptor that the walk ends with. Reads nothing. Any thread.

#include "base/fd.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace ropewalk {

/// The users who may own a plugin and what leads to it: the user, root, and the owners of the installed program and of
/// the folders that it lies in, who could replace it. One of these folders is "/", whose owner is root also where a
/// user namespace shows another number.
class TrustedOwners {
 public:
  explicit TrustedOwners(const std::filesystem::path& program);
  bool include(uid_t user) const { return std::find(users_.begin(), users_.end(), user) != users_.end(); }

 private:
  std::vector<uid_t> users_;
};

/// Why somebody else could decide what a path leads to.
struct UnsafePath {
  std::string why;  ///< "everybody may write to the folder /srv"
  std::string fix;
};

struct PathWalk {
  Fd end = {};                      ///< a regular file is open for reading, anything else as O_PATH; none: see `error`
  struct stat status {};            ///< of the end, or of the last folder that exists
  std::filesystem::path real = {};  ///< its path without links
  int error = 0;                    ///< errno where the path leads nowhere
  std::optional<UnsafePath> unsafe = {};
};

/// `path` is absolute. The end itself is not judged, unless it is a folder.
PathWalk walk_path(const std::filesystem::path& path, const TrustedOwners& owners);

}  // namespace ropewalk
