#include "replacement.hpp"

#include "errors.hpp"

#include <fcntl.h>
#include <sys/random.h>

#include <cstdint>
#include <cstdio>
#include <stdexcept>
#include <string>

namespace disk {
namespace {

std::filesystem::path folder_of(const std::filesystem::path& path) {
  return path.has_parent_path() ? path.parent_path() : ".";
}

constexpr int kTries = 100;  // to find a name that is free

std::filesystem::path name_beside(const std::filesystem::path& target) {
  std::uint64_t random = 0;
  if (getrandom(&random, sizeof random, 0) != sizeof random) fail("cannot write", target);
  char name[40];
  std::snprintf(name, sizeof name, ".ropewalk-%016llx.tmp", static_cast<unsigned long long>(random));
  return folder_of(target) / name;
}

}  // namespace

Replacement::Replacement(const std::filesystem::path& path, mode_t mode)
    : path_(path), exists_(::stat(path.c_str(), &status_) == 0), target_(target()), fd_(create(mode)) {
  if (!exists_ || ::fchmod(fd_.get(), status_.st_mode & 07777) == 0) return;
  const int error = errno;
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
  fail("cannot write", path_, error);
}

Replacement::~Replacement() {
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

/// Follows a link, which would otherwise be replaced by the file. Only regular files are replaced: renaming over
/// /dev/null would take it away from everybody.
std::filesystem::path Replacement::target() const {
  if (!exists_) return path_;
  if (S_ISDIR(status_.st_mode)) throw std::runtime_error("cannot write '" + path_.native() + "': it is a folder");
  if (!S_ISREG(status_.st_mode)) throw std::runtime_error("cannot write '" + path_.native() + "': it is not a regular file");
  std::error_code error;
  std::filesystem::path resolved = std::filesystem::canonical(path_, error);
  return error ? path_ : resolved;
}

Descriptor Replacement::create(mode_t mode) {
  // Why it failed does not matter: unless the file system knows no such files, the other way fails too and says it.
  Descriptor nameless(::open(folder_of(target_).c_str(), O_WRONLY | O_TMPFILE | O_CLOEXEC, mode));
  if (nameless) return nameless;
  // Not mkstemp: its mode is 0600, and umask cannot be asked for without changing it for all threads.
  for (int tries = 0; tries < kTries; ++tries) {
    temporary_ = name_beside(target_);
    Descriptor fd(::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode));
    if (fd) return fd;
    if (errno != EEXIST) fail("cannot write", path_);
  }
  fail("cannot write", path_, EEXIST);
}

/// A link cannot replace a file, so it needs a name of its own for a moment.
void Replacement::name() {
  const std::string open_file = "/proc/self/fd/" + std::to_string(fd_.get());
  for (int tries = 0; tries < kTries; ++tries) {
    const std::filesystem::path beside = name_beside(target_);
    if (::linkat(AT_FDCWD, open_file.c_str(), AT_FDCWD, beside.c_str(), AT_SYMLINK_FOLLOW) == 0) {
      temporary_ = beside;
      return;
    }
    if (errno != EEXIST) fail("cannot write", path_);
  }
  fail("cannot write", path_, EEXIST);
}

void Replacement::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd_.get(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail("cannot write", path_);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

void Replacement::move_into_place() {
  if (::fsync(fd_.get()) != 0) fail("cannot write", path_);
  if (temporary_.empty()) name();
  if (!fd_.close()) fail("cannot write", path_);
  if (::rename(temporary_.c_str(), target_.c_str()) != 0) fail("cannot write", path_);
  temporary_.clear();
  // The new name is durable only when its folder is. Where a folder cannot be synced the file still is whole.
  const Descriptor folder(::open(folder_of(target_).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder && ::fsync(folder.get()) != 0 && errno != EINVAL) fail("cannot write", path_);
}

}  // namespace disk
