#include "output_file.hpp"

#include "base/text.hpp"

#include <ropewalk/codes.hpp>

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

namespace ropewalk::cli {
namespace {

namespace fs = std::filesystem;

constexpr mode_t kMode = 0666;  // less the umask

/// The name of a descriptor in /proc, which is a link.
bool is_of_system(const std::string& path) {
  return path == "/dev/stdout" || path == "/dev/stderr" || path.starts_with("/dev/fd/") || path.starts_with("/proc/");
}

/// The target of a link, which a rename must replace instead of the link. Another user may have planted the link, so it
/// must not lead out of its folder, except links of the system to descriptors, such as /dev/stdout. Empty: it leads
/// out.
std::string behind_links(const std::string& path) {
  std::error_code failed;
  const fs::path real = fs::canonical(path, failed);
  if (failed) return path;
  if (!fs::is_symlink(path, failed) || is_of_system(path)) return real.string();
  const fs::path inside = real.lexically_relative(fs::canonical(fs::absolute(path).parent_path(), failed));
  return failed || inside.empty() || *inside.begin() == ".." ? std::string() : real.string();
}

std::string name_beside(const std::string& target) {
  std::uint64_t random = 0;
  (void)!::getrandom(&random, sizeof random, GRND_NONBLOCK);
  return fmt::format("{}.{:016x}.tmp", target, random);
}

}  // namespace

Result<std::unique_ptr<OutputFile>> OutputFile::open(const std::string& path, Kind kind, const std::string& option) {
  std::unique_ptr<OutputFile> file(new OutputFile());
  file->path_ = path;
  if (path == "-") {
    file->stdout_.emplace();
    return file;
  }
  struct stat there {};
  const bool exists = ::stat(path.c_str(), &there) == 0;
  const std::string target = behind_links(path);
  bool good = true;
  if (target.empty())
    return Errors(Error{codes::kCannotWriteOutput,
                        fmt::format("{}: cannot write '{}': it is a link that leads out of its folder", option,
                                    escape_for_display(path)),
                        {},
                        {"name the file that it leads to, if that is what you want to write"}});
  if (exists && S_ISDIR(there.st_mode)) {
    errno = EISDIR;
    good = false;
  } else if (kind == Kind::document && (!exists || S_ISREG(there.st_mode))) {
    good = (!exists || ::access(path.c_str(), W_OK) == 0) && file->open_document(target);
  } else {
    const bool of_system = is_of_system(path);  // which names a descriptor by a link that leads nowhere
    file->fd_ = Fd(::open(of_system ? path.c_str() : target.c_str(),
                          O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY | (of_system ? 0 : O_NOFOLLOW), kMode));
    good = static_cast<bool>(file->fd_);
  }
  if (!good)
    return Errors(
        Error{codes::kCannotWriteOutput,
              fmt::format("{}: cannot write '{}': {}", option, escape_for_display(path), std::strerror(errno)),
              {},
              {"name a file in a folder that exists and that you may write to, or - for stdout"}});
  file->sink_.emplace(file->fd_.get());
  return file;
}

bool OutputFile::open_document(const std::string& target) {
  target_ = target;
  const std::string folder = std::filesystem::path(target_).parent_path().string();
  // A file without a name disappears however the program ends. Not every file system supports it.
  fd_ = Fd(::open(folder.empty() ? "." : folder.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, kMode));
  if (fd_) return true;
  temporary_ = name_beside(target_);
  fd_ = Fd(::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, kMode));
  if (!fd_) temporary_.clear();
  return static_cast<bool>(fd_);
}

OutputFile::~OutputFile() {
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

bool OutputFile::write(std::string_view bytes) { return stdout_ ? stdout_->write(bytes) : sink_->write(bytes); }

std::string OutputFile::fail(const char* doing, int error) const {
  return fmt::format("cannot {} '{}': {}", doing, escape_for_display(path_), std::strerror(error));
}

std::string OutputFile::commit() {
  if (const int error = stdout_ ? stdout_->error() : sink_->error(); error != 0) return fail("write", error);
  if (stdout_ || target_.empty()) return "";
  struct stat old {};
  if (::stat(target_.c_str(), &old) == 0) {
    (void)!::fchown(fd_.get(), old.st_uid, old.st_gid);  // only root may give files away
    ::fchmod(fd_.get(), old.st_mode & 0777);
  }
  if (!sync_file(fd_.get()) && errno != EINVAL) return fail("write", errno);
  if (temporary_.empty()) {
    const std::string self = fmt::format("/proc/self/fd/{}", fd_.get());
    // Named directly if the name is free; otherwise through a temporary name, which a kill at that moment leaves
    // behind.
    if (::linkat(AT_FDCWD, self.c_str(), AT_FDCWD, target_.c_str(), AT_SYMLINK_FOLLOW) == 0) return "";
    const std::string name = name_beside(target_);
    if (::linkat(AT_FDCWD, self.c_str(), AT_FDCWD, name.c_str(), AT_SYMLINK_FOLLOW) != 0) return fail("name", errno);
    temporary_ = name;
  }
  if (::rename(temporary_.c_str(), target_.c_str()) != 0) return fail("replace", errno);
  temporary_.clear();
  return "";
}

}  // namespace ropewalk::cli
