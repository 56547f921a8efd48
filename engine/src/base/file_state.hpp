#pragma once
// What shows whether a file has changed: its size and the time of its last change, or its content.

#include <cstdint>
#include <optional>
#include <string>

namespace ropewalk {

struct FileState {
  bool is_there = false;  ///< false: nothing can be found at the path, or it may not be looked at
  std::uint64_t size = 0;
  std::int64_t mtime_ns = 0;  ///< since 1970

  bool operator==(const FileState&) const = default;
};

/// Follows symbolic links. About a microsecond.
FileState file_state(const std::string& path);

/// content_hash() of all of a regular file, which is read in pieces of 1 MiB. Nothing: it is none, or cannot be read.
std::optional<std::uint64_t> hash_file(const std::string& path);

}  // namespace ropewalk
