#include "replacement.hpp"

#include "errors.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/random.h>
#include <sys/syscall.h>

#include <cstdint>
#include <cstdio>
#include <stdexcept>
#include <string>

namespace disk {
namespace {

/// False: errno is set, and what was written may be lost.
bool is_synced(const Descriptor& file) {
  while (::fsync(file.get()) != 0)
    if (errno != EINTR) return false;
  return true;
}

std::filesystem::path folder_of(const std::filesystem::path& path) {
  return path.has_parent_path() ? path.parent_path() : ".";
}

constexpr int kTries = 100;  // to find an unused name

std::string random_name(const std::filesystem::path& path) {
  std::uint64_t random = 0;
  if (getrandom(&random, sizeof random, 0) != sizeof random) fail("cannot write", path);
  char name[40];
  std::snprintf(name, sizeof name, ".ropewalk-%016llx.tmp", static_cast<unsigned long long>(random));
  return name;
}

/// Opens a folder below `folder`, by a path without links. Invalid on failure, with errno.
Descriptor open_below(int folder, const std::filesystem::path& path) {
  open_how how{};
  how.flags = O_PATH | O_DIRECTORY | O_CLOEXEC;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS;
  const std::string whole = path.empty() ? "." : path.native();
  Descriptor opened(static_cast<int>(::syscall(SYS_openat2, folder, whole.c_str(), &how, sizeof how)));
  if (opened || (errno != ENOSYS && errno != EPERM)) return opened;  // EPERM: a sandbox that does not know the call
  int at = ::openat(folder, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
  for (const std::filesystem::path& each : path) {
    const Descriptor above(at);
    if (!above) return Descriptor(-1);
    if (each == "..") return errno = EXDEV, Descriptor(-1);
    at = ::openat(above.get(), each.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  }
  return Descriptor(at);
}

}  // namespace

Replacement::Replacement(const std::filesystem::path& path, mode_t mode, Links links)
    : path_(path),
      folder_(::open(folder_of(path).c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)),
      name_(path.filename().native()),
      fd_(-1) {
  if (!folder_) fail("cannot write", path_);
  find_target(links);
  fd_.reset(create(mode));
  if (exists_) keep_owner_and_mode();
}

Replacement::~Replacement() {
  if (!temporary_.empty()) ::unlinkat(folder_.get(), temporary_.c_str(), 0);
}

void Replacement::refuse(std::string_view why) const {
  throw std::runtime_error("cannot write '" + path_.native() + "': " + std::string(why));
}

/// Replaces regular files only: renaming over /dev/null would remove it for all users.
void Replacement::find_target(Links links) {
  if (name_.empty() || name_ == "." || name_ == "..") refuse("it is a folder");
  if (::fstatat(folder_.get(), name_.c_str(), &status_, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno != ENOENT) fail("cannot write", path_);
    return;
  }
  if (S_ISLNK(status_.st_mode)) {
    if (links == Links::never) refuse("it is a link, which is not followed, since nobody has named this file");
    follow();
  }
  exists_ = true;
  if (S_ISDIR(status_.st_mode)) refuse("it is a folder");
  if (!S_ISREG(status_.st_mode)) refuse("it is not a regular file");
}

void Replacement::follow() {
  std::error_code error;
  const std::filesystem::path real = std::filesystem::canonical(path_, error);
  if (error) refuse("it is a link that leads nowhere");
  const std::filesystem::path inside = real.lexically_relative(std::filesystem::canonical(folder_of(path_), error));
  if (error || inside.empty() || *inside.begin() == "..")
    refuse("it is a link that leads out of its folder, to '" + real.native() + "'; name that file itself");
  Descriptor folder = open_below(folder_.get(), inside.parent_path());
  if (!folder || ::fstatat(folder.get(), inside.filename().c_str(), &status_, AT_SYMLINK_NOFOLLOW) != 0)
    fail("cannot write", path_);
  if (S_ISLNK(status_.st_mode)) refuse("its link is being changed");
  folder_.reset(std::move(folder));
  name_ = inside.filename().native();
}

Descriptor Replacement::create(mode_t mode) {
  // Ignore the cause of a failure: if it is not a missing feature of the file system, the fallback fails too and
  // reports it.
  Descriptor nameless(::openat(folder_.get(), ".", O_WRONLY | O_TMPFILE | O_CLOEXEC, mode));
  if (nameless) return nameless;
  // Not mkstemp: its mode is 0600, and umask cannot be read without changing it for all threads.
  for (int tries = 0; tries < kTries; ++tries) {
    temporary_ = random_name(path_);
    Descriptor fd(
        ::openat(folder_.get(), temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode));
    if (fd) return fd;
    if (errno != EEXIST) break;
  }
  temporary_.clear();
  fail("cannot write", path_);
}

/// Drops setuid and setgid, as writing to a file does.
void Replacement::keep_owner_and_mode() {
  [[maybe_unused]] const int only_root_may = ::fchown(fd_.get(), status_.st_uid, status_.st_gid);
  if (::fchmod(fd_.get(), status_.st_mode & 0777) == 0) return;
  const int error = errno;
  if (!temporary_.empty()) ::unlinkat(folder_.get(), temporary_.c_str(), 0);  // the destructor does not run
  fail("cannot write", path_, error);
}

/// A link cannot replace a file, so the file needs a temporary name.
void Replacement::name() {
  const std::string open_file = "/proc/self/fd/" + std::to_string(fd_.get());
  for (int tries = 0; tries < kTries; ++tries) {
    const std::string beside = random_name(path_);
    if (::linkat(AT_FDCWD, open_file.c_str(), folder_.get(), beside.c_str(), AT_SYMLINK_FOLLOW) == 0) {
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
  if (!is_synced(fd_)) fail("cannot write", path_);
  if (temporary_.empty()) name();
  if (!fd_.close()) fail("cannot write", path_);
  if (::renameat(folder_.get(), temporary_.c_str(), folder_.get(), name_.c_str()) != 0) fail("cannot write", path_);
  temporary_.clear();
  // The new name is durable only after its folder is synced. If the folder cannot be synced, the file is still
  // complete.
  const Descriptor folder(::openat(folder_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder && !is_synced(folder) && errno != EINVAL) fail("cannot write", path_);
}

}  // namespace disk
