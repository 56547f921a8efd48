#pragma once
// A file that a task reads from start to end. One owner, single-threaded.

#include "descriptor.hpp"

#include <sys/stat.h>

#include <filesystem>
#include <span>

namespace disk {

class Source {
 public:
  /// Regular files only; links are followed. `path` must outlive the source; it appears in exceptions.
  explicit Source(const std::filesystem::path& path);

  /// Reads the next bytes into `block` and returns their number; 0: the end.
  std::size_t read(std::span<char> block);
  /// The status at the time of opening.
  const struct stat& status() const { return status_; }

 private:
  const std::filesystem::path& path_;
  Descriptor fd_;
  struct stat status_ {};
};

}  // namespace disk
