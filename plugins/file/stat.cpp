// file.stat.

#include "disk/errors.hpp"
#include "tasks.hpp"

#include <sys/stat.h>

#include <cstdio>

namespace file {
namespace {

const char* kind_of(mode_t mode) {
  switch (mode & S_IFMT) {
    case S_IFREG: return "file";
    case S_IFDIR: return "folder";
    case S_IFIFO: return "fifo";
    case S_IFSOCK: return "socket";
    case S_IFCHR:
    case S_IFBLK: return "device";
    default: return "other";
  }
}

}  // namespace

Stat::Result Stat::run(ropewalk::Call&) const {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) disk::fail("cannot look at", path);
  char mode[8];
  std::snprintf(mode, sizeof mode, "%04o", static_cast<unsigned>(status.st_mode & 07777));
  return {.path = path,
          .kind = kind_of(status.st_mode),
          .bytes = status.st_size,
          .modified = static_cast<double>(status.st_mtim.tv_sec) + static_cast<double>(status.st_mtim.tv_nsec) * 1e-9,
          .mode = mode};
}

void Stat::describe(ropewalk::TaskType<Stat>& task) {
  task.summary("What the file system knows of a file.")
      .thread_safe()
      .param("path", &Stat::path, "the file; links are followed")
      .input_file()
      .result("path", &Result::path, "the file, as it was given")
      .result("kind", &Result::kind, "file, folder, fifo, socket, device or other")
      .result("bytes", &Result::bytes, "its size")
      .result("modified", &Result::modified, "seconds since 1970")
      .unit("s")
      .result("mode", &Result::mode, "permissions in octal, e.g. 0644");
}

}  // namespace file
