#include "output_file.hpp"

#include "base/text.hpp"

#include <ropewalk/codes.hpp>

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

namespace ropewalk::cli {
namespace {

constexpr mode_t kMode = 0666;  // less the umask

/// What a rename must replace: the file behind a link, not the link.
std::string behind_links(const std::string& path) {
  std::error_code failed;
  const std::filesystem::path real = std::filesystem::canonical(path, failed);
  return failed ? path : real.string();
}

}  // namespace

Result<std::unique_ptr<OutputFile>> OutputFile::open(const std::string& path, Kind kind, const std::string& option) {
  std::unique_ptr<OutputFile> file(new OutputFile());
  file->path_ = path;
  if (path == "-") {
    file->stdout_ = true;
    file->sink_.emplace(STDOUT_FILENO);
    return file;
  }
  struct stat there {};
  const bool exists = ::stat(path.c_str(), &there) == 0;
  bool good = true;
  if (exists && S_ISDIR(there.st_mode)) {
    errno = EISDIR;
    good = false;
  } else if (kind == Kind::document && (!exists || S_ISREG(there.st_mode))) {
    good = (!exists || ::access(path.c_str(), W_OK) == 0) && file->open_document(path);
  } else {
    file->fd_ = Fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, kMode));
    good = static_cast<bool>(file->fd_);
  }
  if (!good)
    return Errors(Error{codes::kCannotWriteOutput,
                        fmt::format("{}: cannot write '{}': {}", option, escape_for_display(path), std::strerror(errno)),
                        {},
                        {"name a file in a folder that exists and that you may write to, or - for stdout"}});
  file->sink_.emplace(file->fd_.get());
  return file;
}

bool OutputFile::open_document(const std::string& path) {
  target_ = behind_links(path);
  const std::string folder = std::filesystem::path(target_).parent_path().string();
  // Without a name nothing is left behind however the program ends. Not every file system can.
  fd_ = Fd(::open(folder.empty() ? "." : folder.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, kMode));
  if (fd_) return true;
  temporary_ = fmt::format("{}.{}.tmp", target_, ::getpid());
  fd_ = Fd(::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kMode));
  if (!fd_) temporary_.clear();
  return static_cast<bool>(fd_);
}

OutputFile::~OutputFile() {
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

bool OutputFile::write(std::string_view bytes) { return sink_->write(bytes); }

std::string OutputFile::fail(const char* doing, int error) const {
  return fmt::format("cannot {} '{}': {}", doing, escape_for_display(path_), std::strerror(error));
}

bool OutputFile::lost_its_reader() const { return stdout_ && sink_->error() == EPIPE; }

std::string OutputFile::commit() {
  if (sink_->error() != 0) return lost_its_reader() ? "" : fail("write", sink_->error());
  if (stdout_ || target_.empty()) return "";
  struct stat old {};
  if (::stat(target_.c_str(), &old) == 0) ::fchmod(fd_.get(), old.st_mode & 07777);
  if (::fsync(fd_.get()) != 0 && errno != EINVAL) return fail("write", errno);
  if (temporary_.empty()) {
    const std::string self = fmt::format("/proc/self/fd/{}", fd_.get());
    // Straight to its name where that is free; else by way of another name, which a kill in just that moment leaves.
    if (::linkat(AT_FDCWD, self.c_str(), AT_FDCWD, target_.c_str(), AT_SYMLINK_FOLLOW) == 0) return "";
    const std::string name = fmt::format("{}.{}.tmp", target_, ::getpid());
    ::unlink(name.c_str());
    if (::linkat(AT_FDCWD, self.c_str(), AT_FDCWD, name.c_str(), AT_SYMLINK_FOLLOW) != 0) return fail("name", errno);
    temporary_ = name;
  }
  if (::rename(temporary_.c_str(), target_.c_str()) != 0) return fail("replace", errno);
  temporary_.clear();
  return "";
}

}  // namespace ropewalk::cli
