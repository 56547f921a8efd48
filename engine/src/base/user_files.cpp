#include "base/user_files.hpp"

#include "base/fd.hpp"

#include <fcntl.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <system_error>

namespace ropewalk {

namespace fs = std::filesystem;

bool has_borrowed_rights() { return ::getauxval(AT_SECURE) != 0; }

fs::path user_folder(const char* variable, const char* below_home) {
  if (has_borrowed_rights()) return {};
  const char *folder = std::getenv(variable), *home = std::getenv("HOME");
  if (folder != nullptr && *folder == '/') return fs::path(folder) / "ropewalk";
  if (home != nullptr && *home == '/') return fs::path(home) / below_home / "ropewalk";
  return {};
}

std::optional<std::string> read_user_file(const fs::path& file, std::size_t max_bytes) {
  const Fd fd(::open(file.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
  struct stat status {};
  if (!fd || ::fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  if (status.st_uid != ::geteuid() || (status.st_mode & (S_IWGRP | S_IWOTH)) != 0) return std::nullopt;
  if (static_cast<std::uint64_t>(status.st_size) > max_bytes) return std::nullopt;
  std::string bytes(static_cast<std::size_t>(status.st_size), '\0');
  const std::int64_t got = read_at(fd.get(), bytes.data(), bytes.size(), 0);
  if (got < 0) return std::nullopt;
  bytes.resize(static_cast<std::size_t>(got));
  return bytes;
}

int write_user_file(const fs::path& file, std::string_view bytes) {
  std::error_code failed;
  fs::create_directories(file.parent_path(), failed);
  if (failed) return failed.value();
  std::string temporary = file.string() + ".XXXXXX";
  const Fd fd(::mkostemp(temporary.data(), O_CLOEXEC));  // creates the file with mode 0600
  if (!fd) return errno;
  if (write_at(fd.get(), bytes, 0) && ::rename(temporary.c_str(), file.c_str()) == 0) return 0;
  const int error = errno;
  ::unlink(temporary.c_str());
  return error;
}

}  // namespace ropewalk
