#pragma once
// A file that a task reads from its beginning to its end. One owner, one thread.

#include "descriptor.hpp"

#include <sys/stat.h>

#include <filesystem>
#include <span>

namespace disk {

class Source {
 public:
  /// Regular files only, links are followed. `path` outlives the source; it stands in what is thrown.
  explicit Source(const std::filesystem::path& path);

  /// Fills the beginning of `block` with what comes next; 0: the end.
  std::size_t read(std::span<char> block);
  /// As it was when it was opened.
  const struct stat& status() const { return status_; }

 private:
  const std::filesystem::path& path_;
  Descriptor fd_;
  struct stat status_ {};
};

}  // namespace disk
