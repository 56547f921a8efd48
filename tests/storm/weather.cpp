#include "weather.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <poll.h>
#include <sstream>
#include <sys/inotify.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace storm {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

// A stopped host is detected after the timeout and the grace period, eleven seconds. This bound only ends a hang.
constexpr std::chrono::seconds kHangs{300};
constexpr std::size_t kActive = 8;

std::string text_of_file(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();  // reads a process that is gone as an empty file, where iterators throw
  return std::move(out).str();
}

std::vector<pid_t> children(pid_t pid) {
  std::vector<pid_t> found;
  std::error_code error;
  for (fs::directory_iterator at(fmt::format("/proc/{}/task", pid), error), end; !error && at != end;
       at.increment(error)) {
    std::istringstream in(text_of_file(at->path() / "children"));
    for (pid_t child; in >> child;) found.push_back(child);
  }
  return found;
}

}  // namespace

Weather::Weather(std::string folder, std::string yaml, std::string failpoints) : folder_(std::move(folder)) {
  static int count = 0;
  mark_ = fmt::format("ROPEWALK_STORM={}-{}", ::getpid(), ++count);
  fs::remove_all(folder_);
  fs::create_directories(folder_);
  std::ofstream(folder_ + "/storm.yaml") << yaml;
  std::ofstream(folder_ + "/effects.txt");  // exists before it is watched
  changes_ = ::inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
  ::inotify_add_watch(changes_, (folder_ + "/effects.txt").c_str(), IN_MODIFY);
  const std::string points = "ROPEWALK_FAILPOINTS=" + failpoints,
                    counts = "ROPEWALK_FAILPOINT_COUNTS=" + folder_ + "/counts";
  pid_ = ::fork();
  if (pid_ != 0) {
    pidfd_ = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
    return;
  }
  const int out = ::open((folder_ + "/said.txt").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
  ::dup2(::open("/dev/null", O_RDONLY), 0);
  ::dup2(out, 1);
  ::dup2(out, 2);
  ::putenv(mark_.data());
  if (!failpoints.empty()) ::putenv(const_cast<char*>(points.c_str())), ::putenv(const_cast<char*>(counts.c_str()));
  if (::chdir(folder_.c_str()) != 0) ::_exit(126);
  ::execl(STORM_PROGRAM, STORM_PROGRAM, "run", "storm.yaml", "--plugins", STORM_PLUGINS, "--results", "results.jsonl",
          "--events", "events.jsonl", static_cast<char*>(nullptr));
  ::_exit(127);
}

Weather::~Weather() {
  if (!ended()) ::kill(pid_, SIGKILL), ::waitpid(pid_, &status_, 0);
  for (const pid_t pid : living()) send(pid, SIGKILL);
  for (const int fd : {pidfd_, changes_}) ::close(fd);
}

bool Weather::ended() {
  if (!ended_ && ::waitpid(pid_, &status_, WNOHANG) == pid_) ended_ = true;
  return ended_;
}

std::uint64_t Weather::begun() {
  std::ifstream in(folder_ + "/effects.txt", std::ios::binary);
  in.seekg(static_cast<std::streamoff>(read_bytes_));
  for (std::string line; std::getline(in, line) && !in.eof();) {
    read_bytes_ += line.size() + 1;
    ++begun_;
    active_.push_back(std::atoi(line.c_str() + line.rfind(' ') + 1));
    if (active_.size() > kActive) active_.erase(active_.begin());
  }
  return begun_;
}

Weather::Wait Weather::wait(const std::function<bool()>& enough) {
  auto moved = Clock::now();
  std::uintmax_t size = 0;
  for (;;) {
    if (enough()) return Wait::begun;
    if (ended()) return Wait::ended;
    if (const std::uintmax_t now = size_of("effects.txt") + size_of("events.jsonl"); now != size)
      size = now, moved = Clock::now();
    if (Clock::now() - moved > kHangs) return Wait::hangs;
    pollfd fds[] = {{.fd = pidfd_, .events = POLLIN, .revents = 0}, {.fd = changes_, .events = POLLIN, .revents = 0}};
    ::poll(fds, 2, 1000);
    char event[4096];
    while (::read(changes_, event, sizeof event) > 0) {
    }
  }
}

Weather::Wait Weather::until_begun(std::uint64_t attempts) {
  return wait([&] { return begun() >= attempts; });
}

Weather::Wait Weather::until_ended() {
  return wait([] { return false; });
}

pid_t Weather::warden() const {
  for (const pid_t child : children(pid_))
    if (text_of_file(fmt::format("/proc/{}/comm", child)).starts_with("ropewalk-warden")) return child;
  return 0;
}

std::vector<pid_t> Weather::hosts() const {
  std::vector<pid_t> found;
  if (const pid_t top = warden(); top != 0) found = children(top);
  for (std::size_t at = 0; at < found.size(); ++at)
    for (const pid_t child : children(found[at])) found.push_back(child);
  return found;
}

bool Weather::stopped(pid_t pid) const {
  return text_of_file(fmt::format("/proc/{}/stat", pid)).find(") T ") != std::string::npos;
}

bool Weather::marked(pid_t pid) const {
  return text_of_file(fmt::format("/proc/{}/environ", pid)).find(mark_ + '\0') != std::string::npos;
}

bool Weather::send(pid_t pid, int signal) const {
  const int fd = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
  if (fd < 0) return false;
  const bool sent = marked(pid) && ::syscall(SYS_pidfd_send_signal, fd, signal, nullptr, 0) == 0;
  ::close(fd);
  return sent;
}

std::vector<pid_t> Weather::living() const {
  std::vector<pid_t> found;
  std::error_code error;
  for (fs::directory_iterator at("/proc", error), end; !error && at != end; at.increment(error)) {
    const pid_t pid = static_cast<pid_t>(std::atoi(at->path().filename().c_str()));
    if (pid > 0 && pid != ::getpid() && marked(pid)) found.push_back(pid);
  }
  return found;
}

std::string Weather::picture() const {
  std::string text;
  for (const pid_t pid : living()) {
    std::error_code error;
    for (fs::directory_iterator at(fmt::format("/proc/{}/task", pid), error), end; !error && at != end;
         at.increment(error))
      text += fmt::format("  {} {} wchan {} syscall {}", at->path().string(),
                          text_of_file(at->path() / "stat").substr(0, 60), text_of_file(at->path() / "wchan"),
                          text_of_file(at->path() / "syscall"));
    text += "\n";
  }
  return text;
}

std::string Weather::read(const char* file) const { return text_of_file(folder_ + "/" + file); }
std::string Weather::results() const { return read("results.jsonl"); }
std::string Weather::log() const { return read("effects.txt"); }
std::string Weather::events() const { return read("events.jsonl"); }
std::string Weather::output() const { return read("said.txt"); }
std::uintmax_t Weather::size_of(const char* file) const {
  std::error_code error;
  const std::uintmax_t size = fs::file_size(folder_ + "/" + file, error);
  return error ? 0 : size;
}

}  // namespace storm
