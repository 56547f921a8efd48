#include "base/failpoint.hpp"

#if ROPEWALK_FAILPOINTS

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string_view>

namespace ropewalk::failpoint {

bool enabled = false;

namespace {

constexpr std::size_t kMax = 32, kPage = 4096;

enum class Action { kill, sleep, error };

struct Point {
  char name[48];
  Action action;
  int error;
  std::int64_t sleep_ms;
  std::uint64_t at;  // the hit that triggers the action; 0: every hit
  bool onwards;      // and every hit after it
};

Point points[kMax];
std::size_t count = 0;
std::atomic<std::uint64_t> own_hits[kMax];
std::atomic<std::uint64_t>* hits = own_hits;

struct NamedError {
  std::string_view name;
  int number;
};
constexpr NamedError kErrors[] = {{"EAGAIN", EAGAIN}, {"ENOMEM", ENOMEM}, {"ENOSPC", ENOSPC},
                                  {"EIO", EIO},       {"EMFILE", EMFILE}, {"EROFS", EROFS},
                                  {"EACCES", EACCES}, {"EPERM", EPERM},   {"ENOLCK", ENOLCK}};

/// A misspelt failpoint would make its test pass without testing anything.
[[noreturn]] void refuse(std::string_view entry) {
  std::fprintf(stderr,
               "ROPEWALK_FAILPOINTS: '%.*s' is not name=kill, name=sleep:200ms or name=err:ENOSPC, with @n or @n+\n",
               static_cast<int>(entry.size()), entry.data());
  ::_exit(2);
}

template <class Number>
bool number_of(std::string_view text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

Point read(std::string_view entry) {
  Point point{};
  const std::size_t equals = entry.find('=');
  if (equals == std::string_view::npos || equals == 0 || equals >= sizeof point.name) refuse(entry);
  std::copy_n(entry.begin(), equals, point.name);
  std::string_view action = entry.substr(equals + 1);
  if (const std::size_t at = action.rfind('@'); at != std::string_view::npos) {
    std::string_view nth = action.substr(at + 1);
    if (nth.ends_with('+')) point.onwards = true, nth.remove_suffix(1);
    if (!number_of(nth, point.at) || point.at == 0) refuse(entry);
    action = action.substr(0, at);
  }
  if (action == "kill") {
    point.action = Action::kill;
  } else if (action.starts_with("sleep:") && action.ends_with("ms")) {
    point.action = Action::sleep;
    if (!number_of(action.substr(6, action.size() - 8), point.sleep_ms)) refuse(entry);
  } else if (action.starts_with("err:")) {
    point.action = Action::error;
    for (const NamedError& error : kErrors)
      if (error.name == action.substr(4)) point.error = error.number;
    if (point.error == 0) refuse(entry);
  } else {
    refuse(entry);
  }
  return point;
}

/// Maps the counts shared by all processes. Without a file, each process counts on its own.
void share_counts(const char* path) {
  const int fd = ::open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  struct stat status {};
  if (fd < 0 || ::fstat(fd, &status) != 0 ||
      (status.st_size < static_cast<off_t>(kPage) && ::ftruncate(fd, kPage) != 0))
    refuse(path);
  void* page = ::mmap(nullptr, kPage, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  ::close(fd);
  if (page == MAP_FAILED) refuse(path);
  hits = static_cast<std::atomic<std::uint64_t>*>(page);
}

[[gnu::constructor]] void at_start() { read_environment(); }

}  // namespace

void read_environment() {
  enabled = false;
  count = 0;
  if (hits != own_hits) ::munmap(hits, kPage);
  hits = own_hits;
  for (std::atomic<std::uint64_t>& own : own_hits) own = 0;
  const char* text = std::getenv("ROPEWALK_FAILPOINTS");
  if (text == nullptr || *text == '\0') return;
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t comma = rest.find(',');
    if (count == kMax) refuse(rest);
    points[count++] = read(rest.substr(0, comma));
    rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
  }
  if (const char* path = std::getenv("ROPEWALK_FAILPOINT_COUNTS"); path != nullptr && *path != '\0') share_counts(path);
  enabled = true;
}

int hit(const char* name) noexcept {
  for (std::size_t i = 0; i < count; ++i) {
    const Point& point = points[i];
    if (std::strcmp(point.name, name) != 0) continue;
    const std::uint64_t nth = hits[i].fetch_add(1, std::memory_order_relaxed) + 1;
    if (point.at != 0 && nth != point.at && !(point.onwards && nth > point.at)) continue;
    if (point.action == Action::kill) ::kill(::getpid(), SIGKILL);
    if (point.action == Action::error) return errno = point.error;
    timespec left{.tv_sec = point.sleep_ms / 1000, .tv_nsec = point.sleep_ms % 1000 * 1'000'000};
    while (point.action == Action::sleep && ::nanosleep(&left, &left) != 0 && errno == EINTR) {
    }
  }
  return 0;
}

}  // namespace ropewalk::failpoint

#endif
