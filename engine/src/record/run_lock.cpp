#include "record/run_lock.hpp"

#include "base/failpoint.hpp"
#include "base/text.hpp"

#include <ropewalk/codes.hpp>

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>

namespace ropewalk::record {
namespace {

constexpr const char* kName = "lock";
constexpr int kTries = 100;  // each means that another engine has just ended

struct flock whole_file() {
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  return lock;
}

std::int32_t written_pid(int fd) {
  char text[16];
  const std::int64_t size = read_at(fd, text, sizeof text, 0);
  std::int32_t pid = 0;
  if (size > 0) std::from_chars(text, text + size, pid);
  return pid > 0 ? pid : -1;
}

Errors cannot_lock(const std::filesystem::path& file, int error) {
  return Error{codes::kRecordUnwritable,
               fmt::format("cannot lock the run: '{}': {}", escape_for_display(file.string()), std::strerror(error)),
               {},
               {"name a folder of records on a local file system, or run without a record"}};
}

}  // namespace

Result<RunLock> RunLock::take(const std::filesystem::path& folder) {
  const std::filesystem::path file = folder / kName;
  for (int i = 0; i < kTries; ++i) {
    Fd fd(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644));
    if (!fd) return cannot_lock(file, errno);
    if (const int error = ROPEWALK_FAILPOINT("record.lock")) return cannot_lock(file, error);
    struct flock lock = whole_file();
    if (::fcntl(fd.get(), F_OFD_SETLK, &lock) != 0) {
      if (errno != EAGAIN && errno != EACCES) return cannot_lock(file, errno);
      const std::int32_t pid = written_pid(fd.get());
      return Errors(
          Error{codes::kRecordInUse,
                fmt::format("another engine works on the run '{}'{}", escape_for_display(folder.filename().string()),
                            pid > 0 ? fmt::format(": process {}", pid) : ""),
                {},
                {"wait until it has ended, or stop it"}});
    }
    // An engine that ends removes the file, which may have happened between the two calls.
    struct stat about {};
    if (::fstat(fd.get(), &about) != 0) return cannot_lock(file, errno);
    if (about.st_nlink == 0) continue;
    if (::ftruncate(fd.get(), 0) != 0 || !write_at(fd.get(), fmt::format("{}\n", ::getpid()), 0))
      return cannot_lock(file, errno);
    return RunLock(std::move(fd), file);
  }
  return cannot_lock(file, EAGAIN);
}

RunLock::~RunLock() {
  if (fd_) ::unlink(file_.c_str());
}

std::int32_t lock_holder(const std::filesystem::path& folder) {
  const Fd fd(::open((folder / kName).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!fd) return 0;
  // Asking for a shared lock suffices: the holder's is exclusive, and a file that is open for reading may ask for no
  // other.
  struct flock lock = whole_file();
  lock.l_type = F_RDLCK;
  if (::fcntl(fd.get(), F_OFD_GETLK, &lock) != 0 || lock.l_type == F_UNLCK) return 0;
  return written_pid(fd.get());
}

}  // namespace ropewalk::record
