// file.write: a temporary file beside the target, written, synced and renamed over it.

#include "descriptor.hpp"
#include "errors.hpp"
#include "tasks.hpp"

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>

#include <cstdio>

namespace file {
namespace {

/// Collects small pieces: a system call per line would be the whole cost.
class Output {
 public:
  Output(int fd, const std::filesystem::path& path) : fd_(fd), path_(path) { pending_.reserve(2 * kBlock); }

  void put(std::string_view text) {
    pending_ += text;
    bytes_ += static_cast<std::int64_t>(text.size());
    if (pending_.size() >= kBlock) flush();
  }
  void flush() {
    for (std::string_view rest = pending_; !rest.empty();) {
      const ssize_t written = ::write(fd_, rest.data(), rest.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) fail("cannot write", path_);
      rest.remove_prefix(static_cast<std::size_t>(written));
    }
    pending_.clear();
  }
  std::int64_t bytes() const { return bytes_; }

 private:
  static constexpr std::size_t kBlock = 64 << 10;
  const int fd_;
  const std::filesystem::path& path_;
  std::string pending_;
  std::int64_t bytes_ = 0;
};

/// A new file beside `target`; gone again unless it was moved to its place.
class Temporary {
 public:
  explicit Temporary(const std::filesystem::path& target) : target_(target), fd_(create()) {}
  ~Temporary() {
    if (!path_.empty()) ::unlink(path_.c_str());
  }
  Temporary(const Temporary&) = delete;
  Temporary& operator=(const Temporary&) = delete;

  int fd() const { return fd_.get(); }

  void move_to_target() {
    if (::fsync(fd_.get()) != 0) fail("cannot write", target_);
    if (!fd_.close()) fail("cannot write", target_);
    if (::rename(path_.c_str(), target_.c_str()) != 0) fail("cannot write", target_);
    path_.clear();
    // The new name is durable only when its folder is. Where a folder cannot be synced the file still is whole.
    const Descriptor folder(::open(folder_of(target_).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (folder && ::fsync(folder.get()) != 0 && errno != EINVAL) fail("cannot write", target_);
  }

 private:
  static std::filesystem::path folder_of(const std::filesystem::path& path) {
    return path.has_parent_path() ? path.parent_path() : ".";
  }
  /// Not mkstemp: its mode is 0600, and umask cannot be asked for without changing it for all threads.
  Descriptor create() {
    for (int tries = 0; tries < 100; ++tries) {
      std::uint64_t random = 0;
      if (getrandom(&random, sizeof random, 0) != sizeof random) fail("cannot write", target_);
      char name[40];
      std::snprintf(name, sizeof name, ".ropewalk-%016llx.tmp", static_cast<unsigned long long>(random));
      path_ = folder_of(target_) / name;
      Descriptor fd(::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666));
      if (fd) return fd;
      if (errno != EEXIST) {
        path_.clear();
        fail("cannot write", target_);
      }
    }
    path_.clear();
    fail("cannot write", target_, EEXIST);
  }

  const std::filesystem::path& target_;
  std::filesystem::path path_;
  Descriptor fd_;
};

/// Follows a link, which would otherwise be replaced by the file. Only regular files are replaced: renaming over
/// /dev/null would take it away from everybody.
std::filesystem::path target_of(const std::filesystem::path& path, struct stat& status, bool& exists) {
  exists = ::stat(path.c_str(), &status) == 0;
  if (!exists) return path;
  if (S_ISDIR(status.st_mode)) throw std::runtime_error("cannot write '" + path.native() + "': it is a folder");
  if (!S_ISREG(status.st_mode)) throw std::runtime_error("cannot write '" + path.native() + "': it is not a regular file");
  std::error_code error;
  std::filesystem::path target = std::filesystem::canonical(path, error);
  return error ? path : target;
}

}  // namespace

Write::Result Write::run(ropewalk::Call& call) const {
  if (lines.has_value() == text.has_value())
    throw ropewalk::Permanent(std::string("give either 'lines' or 'text', not ") + (text ? "both" : "neither"));
  struct stat status {};
  bool exists = false;
  const std::filesystem::path target = target_of(path, status, exists);
  Temporary temporary(target);
  if (exists && ::fchmod(temporary.fd(), status.st_mode & 07777) != 0) fail("cannot write", path);
  Output output(temporary.fd(), path);
  if (text) output.put(*text);
  if (lines) {
    for (const std::string_view line : *lines) {
      output.put(line);
      output.put("\n");
    }
  }
  output.flush();
  call.stop_if_cancelled();
  temporary.move_to_target();
  return {.path = path, .bytes = output.bytes()};
}

void Write::describe(ropewalk::TaskType<Write>& task) {
  task.summary("Writes a file, whole or not at all.")
      .thread_safe()
      .param("path", &Write::path, "file to write; replaced if it exists").output_file()
      .option("lines", &Write::lines, "its lines, each to be ended with a newline")
      .option("text", &Write::text, "its content, as it stands; instead of lines")
      .result("path", &Result::path, "the file, as it was given")
      .result("bytes", &Result::bytes, "size of the file");
}

}  // namespace file
