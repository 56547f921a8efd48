#include "plugin_files/path_walk.hpp"

#include "base/text.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <deque>

namespace ropewalk {
namespace {

namespace fs = std::filesystem;

constexpr int kMaxLinks = 40;  // as the kernel

class Walk {
 public:
  explicit Walk(const TrustedOwners& owners) : owners_(owners) {}

  PathWalk go(const fs::path& path) {
    push(path);
    if (!start_at_root()) return std::move(walk_);
    while (!names_.empty() && !ended()) step();
    return std::move(walk_);
  }

 private:
  bool ended() const { return walk_.error != 0 || walk_.unsafe; }

  /// The names of `path` come before those that are left.
  void push(const fs::path& path) {
    std::deque<std::string> names;
    for (const fs::path& each : path.relative_path())
      if (!each.empty() && each != ".") names.push_back(each.native());
    names_.insert(names_.begin(), names.begin(), names.end());
  }

  bool start_at_root() {
    walk_.real = "/";
    folder_ = Fd(::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
    return enter();
  }

  void step() {
    const std::string name = std::move(names_.front());
    names_.pop_front();
    // O_DIRECTORY, because without it the kernel does not mount what is mounted on demand.
    Fd next(
        ::openat(folder_.get(), name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC | (names_.empty() ? 0 : O_DIRECTORY)));
    if (!next && errno == ENOTDIR) next = Fd(::openat(folder_.get(), name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    struct stat status {};
    if (!next || ::fstat(next.get(), &status) != 0) return fail(errno);
    if (S_ISLNK(status.st_mode)) return follow(next, name, status);
    if (S_ISDIR(status.st_mode)) {
      folder_ = std::move(next);
      walk_.real = name == ".." ? walk_.real.parent_path() : walk_.real / name;
      return void(enter());
    }
    if (!names_.empty()) return fail(ENOTDIR);
    finish(std::move(next), name, status);
  }

  /// Judges the folder that the walk is in. It is the end if no name is left.
  bool enter() {
    if (!folder_ || ::fstat(folder_.get(), &walk_.status) != 0) return fail(errno), false;
    const std::string shown = escape_for_display(walk_.real.native());
    if (!owners_.include(walk_.status.st_uid))
      refuse(fmt::format("the folder {} belongs to user {}, who is neither you, root nor the owner of ropewalk", shown,
                         walk_.status.st_uid),
             "chown it, or copy the plugin");
    else if ((walk_.status.st_mode & S_IWOTH) != 0 && (walk_.status.st_mode & S_ISVTX) == 0)
      refuse(fmt::format("everybody may write to the folder {}", shown), fmt::format("chmod o-w {}", shown));
    if (names_.empty() && !ended()) walk_.end = Fd(::fcntl(folder_.get(), F_DUPFD_CLOEXEC, 0));
    return !ended();
  }

  void follow(const Fd& link, const std::string& name, const struct stat& status) {
    const fs::path place = walk_.real / name;
    if (!owners_.include(status.st_uid))
      return refuse(fmt::format("the link {} belongs to user {}, who is neither you, root nor the owner of ropewalk",
                                escape_for_display(place.native()), status.st_uid),
                    "name the file that it leads to");
    if (++links_ > kMaxLinks) return fail(ELOOP);
    char target[PATH_MAX];
    const ssize_t length = ::readlinkat(link.get(), "", target, sizeof target);
    if (length <= 0 || length == sizeof target) return fail(length < 0 ? errno : ENAMETOOLONG);
    const fs::path to(std::string(target, static_cast<std::size_t>(length)));
    push(to);
    if (to.is_absolute())
      start_at_root();
    else if (names_.empty())
      enter();  // a link to "."
  }

  void finish(Fd end, const std::string& name, const struct stat& status) {
    walk_.real /= name;
    walk_.status = status;
    walk_.end = std::move(end);
    if (!S_ISREG(status.st_mode)) return;
    Fd file(::openat(folder_.get(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
    struct stat now {};
    if (!file || ::fstat(file.get(), &now) != 0) return fail(errno);
    if (now.st_dev != status.st_dev || now.st_ino != status.st_ino) return fail(ESTALE);
    walk_.end = std::move(file);
    walk_.status = now;
  }

  void fail(int error) {
    walk_.error = error;
    walk_.end.reset();
  }
  void refuse(std::string why, std::string fix) { walk_.unsafe = {std::move(why), std::move(fix)}; }

  const TrustedOwners& owners_;
  PathWalk walk_;
  Fd folder_;
  std::deque<std::string> names_;
  int links_ = 0;
};

}  // namespace

TrustedOwners::TrustedOwners(const fs::path& program) : users_{0, ::geteuid()} {
  std::error_code failed;
  for (fs::path at = fs::weakly_canonical(program, failed); !at.empty(); at = at.parent_path()) {
    struct stat status {};
    if (::stat(at.c_str(), &status) == 0 && !include(status.st_uid)) users_.push_back(status.st_uid);
    if (at == at.root_path()) break;
  }
}

PathWalk walk_path(const fs::path& path, const TrustedOwners& owners) { return Walk(owners).go(path); }

}  // namespace ropewalk
