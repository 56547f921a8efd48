#include "base/memory_groups.hpp"

#include "base/failpoint.hpp"
#include "base/file_text.hpp"
#include "base/folder_entries.hpp"
#include "base/processes.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <sstream>
#include <system_error>

namespace ropewalk {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "ropewalk-";
/// Page tables, sockets and file pages are charged to a group, but a task's limit must not cover them.
constexpr std::uint64_t kKernelsOwn = 16u << 20;
/// How long an engine waits at its start for what another one left behind to die.
constexpr std::chrono::milliseconds kPatienceWithStrangers{100};

bool put(const fs::path& file, std::string_view text) {
  const Fd fd(::open(file.c_str(), O_WRONLY | O_CLOEXEC));
  return fd && ::write(fd.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

struct Mount {
  fs::path root, point;  // root of the hierarchy; mount point
};

/// Returns the first mount of that version. For version 1, this is the mount with the memory controller.
std::optional<Mount> find_mount(std::string_view mounts, int version) {
  std::istringstream lines{std::string(mounts)};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string number, parent, device, root, point, word, type, source, options;
    words >> number >> parent >> device >> root >> point;
    while (words >> word && word != "-") {
    }
    words >> type >> source >> options;
    if (version == 2 ? type == "cgroup2"
                     : type == "cgroup" && (',' + options + ',').find(",memory,") != std::string::npos)
      return Mount{root, point};
  }
  return std::nullopt;
}

/// The folder of the group with that path, if it is visible in the mount.
std::optional<fs::path> folder_of(const Mount& mount, const fs::path& group) {
  const fs::path inside = group.lexically_relative(mount.root);
  if (inside.empty() || *inside.begin() == "..") return std::nullopt;
  return inside == "." ? mount.point : mount.point / inside;
}

/// Pids mean something only within one namespace of pids. 0: it is unknown.
std::uint64_t pid_namespace() {
  struct stat found {};
  return ::stat("/proc/self/ns/pid", &found) == 0 ? found.st_ino : 0;
}

/// Identifies a process of this namespace by its pid and start time, because pids are reused. Empty: there is no such
/// process.
std::string name_of(pid_t pid) {
  const auto stat = process_stat(pid);
  return stat ? fmt::format("{}{}-{}-{}", kPrefix, pid, stat->start_ticks, pid_namespace()) : std::string();
}

/// Removes the groups left behind by engines that were killed together with their wardens. Those of another namespace
/// of pids stay: whether their engine lives cannot be seen from here.
void sweep(const fs::path& place) {
  for (const fs::path& entry : folder_entries(place)) {
    const std::string name = entry.filename().string();
    int pid = 0;
    unsigned long long start = 0, space = 0;
    if (std::sscanf(name.c_str(), "ropewalk-%d-%llu-%llu-", &pid, &start, &space) != 3 || space != pid_namespace())
      continue;
    if (!name.starts_with(name_of(pid) + "-")) remove_groups(entry, kPatienceWithStrangers);
  }
}

}  // namespace

std::vector<GroupFolder> memory_group_folders(std::string_view groups, std::string_view mounts) {
  std::vector<GroupFolder> folders;
  for (const ControlGroup& group : control_groups(groups)) {
    if (!group.controls("memory")) continue;
    const std::optional<Mount> mount = find_mount(mounts, group.version());
    const std::optional<fs::path> own = mount ? folder_of(*mount, group.path) : std::nullopt;
    if (!own) continue;
    // In version 2, a group with processes cannot have child groups with controllers. The group of this process is thus
    // unusable unless it is the root, but its parent can be used.
    if (group.version() == 2 && *own != mount->point) folders.push_back({own->parent_path(), 2});
    folders.push_back({*own, group.version()});
  }
  return folders;
}

std::vector<GroupFolder> memory_group_folders() {
  return memory_group_folders(file_text("/proc/self/cgroup").value_or(""),
                              file_text("/proc/self/mountinfo").value_or(""));
}

MemoryGroup::~MemoryGroup() { ::rmdir(folder_.c_str()); }

std::uint64_t MemoryGroup::kills() const {
  char text[1024];
  const ssize_t size = ::pread(events_.get(), text, sizeof text - 1, 0);
  text[std::max<ssize_t>(size, 0)] = '\0';
  unsigned long long kills = 0;
  // Both versions have this line. "oom_kill_disable" is a different one.
  for (const char* line = text; line != nullptr; line = std::strchr(line, '\n')) {
    if (*line == '\n') ++line;
    if (std::sscanf(line, "oom_kill %llu", &kills) == 1) break;
  }
  return kills;
}

MemoryGroups::~MemoryGroups() {
  if (!folder_.empty()) ::rmdir(folder_.c_str());
}

bool MemoryGroups::find_folder() {
  searched_ = true;
  if (ROPEWALK_FAILPOINT("memory_groups.find") != 0) return false;
  static unsigned engines = 0;
  const std::string name = fmt::format("{}-{}", name_of(::getpid()), engines++);
  for (const GroupFolder& place : memory_group_folders()) {
    if (place.version == 2 &&
        file_text(place.path / "cgroup.subtree_control").value_or("").find("memory") == std::string::npos)
      continue;
    const fs::path folder = place.path / name;
    if (::mkdir(folder.c_str(), 0755) != 0) continue;
    if (place.version == 2 && !put(folder / "cgroup.subtree_control", "+memory")) {
      ::rmdir(folder.c_str());
      continue;
    }
    sweep(place.path);
    place_ = place;
    folder_ = folder;
    return true;
  }
  return false;
}

std::unique_ptr<MemoryGroup> MemoryGroups::make(std::uint64_t bytes) {
  if (!searched_) find_folder();
  if (folder_.empty()) return nullptr;
  const fs::path folder = folder_ / std::to_string(++made_);
  if (::mkdir(folder.c_str(), 0755) != 0) return nullptr;
  const bool second = place_.version == 2;
  const std::string limit = std::to_string(bytes + kKernelsOwn);
  const bool limited = put(folder / (second ? "memory.max" : "memory.limit_in_bytes"), limit);
  // If there is swap, swapped-out memory counts as well.
  put(folder / (second ? "memory.swap.max" : "memory.memsw.limit_in_bytes"), second ? "0" : limit);
  Fd door(::open((folder / "cgroup.procs").c_str(), O_WRONLY | O_CLOEXEC));
  Fd events(::open((folder / (second ? "memory.events" : "memory.oom_control")).c_str(), O_RDONLY | O_CLOEXEC));
  auto group = std::make_unique<MemoryGroup>(folder, std::move(door), std::move(events));
  return limited && group->door() >= 0 ? std::move(group) : nullptr;
}

bool remove_groups(const fs::path& folder, std::chrono::nanoseconds most) {
  const auto until = std::chrono::steady_clock::now() + most;
  // Processes fork and join while a group is read, and those that were killed take a moment to exit.
  for (;;) {
    for (const fs::path& entry : folder_entries(folder)) {
      std::error_code failed;
      if (!fs::is_directory(entry, failed)) continue;
      std::istringstream pids(file_text(entry / "cgroup.procs").value_or(""));
      for (pid_t pid = 0; pids >> pid;) ::kill(pid, SIGKILL);
      ::rmdir(entry.c_str());
    }
    if (::rmdir(folder.c_str()) == 0 || errno == ENOENT) return true;
    if (std::chrono::steady_clock::now() >= until) return false;
    ::usleep(1000);
  }
}

}  // namespace ropewalk
