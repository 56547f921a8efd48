#include "process/strays.hpp"

#include "process/descriptor.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <filesystem>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

namespace process {
namespace {

std::string content_of(const std::string& path) {
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::string text(4096, '\0');
  std::size_t size = 0;
  while (file) {
    const ssize_t got = read(file.get(), text.data() + size, text.size() - size);
    if (got <= 0) break;
    size += static_cast<std::size_t>(got);
    if (size == text.size()) text.resize(2 * size);
  }
  text.resize(size);
  return text;
}

pid_t number_in(std::string_view text) {
  pid_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() ? number : 0;
}

struct GroupMember {
  std::string name;
  bool alive = false;
};

/// Returns the process if it is in the group. Format: "pid (name) state parent group ...", see proc(5).
std::optional<GroupMember> member(pid_t pid, pid_t group) {
  const std::string stat = content_of("/proc/" + std::to_string(pid) + "/stat");
  const std::size_t open = stat.find('('), close = stat.rfind(')');
  if (open == std::string::npos || close == std::string::npos || close + 4 > stat.size()) return std::nullopt;
  const char state = stat[close + 2];
  const std::size_t parent_end = stat.find(' ', close + 4);
  const std::size_t group_end = parent_end == std::string::npos ? parent_end : stat.find(' ', parent_end + 1);
  if (group_end == std::string::npos) return std::nullopt;
  if (number_in(std::string_view(stat).substr(parent_end + 1, group_end - parent_end - 1)) != group)
    return std::nullopt;
  return GroupMember{stat.substr(open + 1, close - open - 1), state != 'Z' && state != 'X'};
}

bool is_subreaper() {
  int set = 0;
  return prctl(PR_GET_CHILD_SUBREAPER, &set) == 0 && set != 0;
}

/// Children of the main thread that are in the group, without its leader: a subreaper's orphans are given to that
/// thread.
std::vector<std::pair<pid_t, GroupMember>> orphans_of(pid_t group) {
  std::vector<std::pair<pid_t, GroupMember>> orphans;
  const std::string self = std::to_string(getpid());
  const std::string children = content_of("/proc/" + self + "/task/" + self + "/children");
  for (std::size_t begin = 0; begin < children.size();) {
    const std::size_t end = std::min(children.find(' ', begin), children.size());
    const pid_t pid = number_in(std::string_view(children).substr(begin, end - begin));
    begin = end + 1;
    if (pid == 0 || pid == group) continue;
    if (std::optional<GroupMember> found = member(pid, group)) orphans.emplace_back(pid, std::move(*found));
  }
  return orphans;
}

}  // namespace

std::vector<Stray> find_strays(pid_t group) try {
  std::vector<Stray> strays;
  if (kill(-group, 0) != 0 && errno == ESRCH) return strays;
  std::error_code error;
  for (std::filesystem::directory_iterator it("/proc", error), end; !error && it != end; it.increment(error)) {
    const pid_t pid = number_in(it->path().filename().native());
    if (pid == 0 || pid == group) continue;
    std::optional<GroupMember> found = member(pid, group);
    if (found && found->alive) strays.push_back({pid, std::move(found->name)});
  }
  return strays;
} catch (...) {  // there is no memory for their names
  kill(-group, SIGKILL);
  throw;
}

std::string names_of(const std::vector<Stray>& strays) {
  static constexpr std::size_t kShown = 10;
  std::string text = std::to_string(strays.size()) + (strays.size() == 1 ? " process: " : " processes: ");
  for (std::size_t i = 0; i < strays.size() && i < kShown; ++i) text += (i ? ", " : "") + strays[i].name;
  return strays.size() > kShown ? text + ", ..." : text;
}

void end(pid_t group, const std::vector<Stray>& strays) {
  if (strays.empty()) return;
  kill(-group, SIGKILL);
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(100);
  for (const Stray& stray : strays) {
    const Descriptor process(static_cast<int>(syscall(SYS_pidfd_open, stray.pid, 0)));
    if (!process) continue;
    pollfd ended = {process.get(), POLLIN, 0};
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    poll(&ended, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
  }
}

void reap_orphans(pid_t group) {
  // While one of them exists, running or ended, the group id is in use. If the id meanwhile belongs to another command,
  // these are orphans of that command, which are not waited for; its leader is never touched.
  if (kill(-group, 0) != 0 && errno == ESRCH) return;
  if (!is_subreaper()) return;
  for (const auto& [pid, orphan] : orphans_of(group))
    if (!orphan.alive) waitpid(pid, nullptr, WNOHANG);
}

}  // namespace process
