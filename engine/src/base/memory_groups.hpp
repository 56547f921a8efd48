#pragma once
// Control groups that limit the memory of a host and everything that it starts. They need write permission and the
// kernel's memory controller: version 1, or version 2 in a unit delegated by systemd. Elsewhere, a limit is enforced by
// rlimits and by sampling. Single-threaded.

#include "base/control_groups.hpp"
#include "base/fd.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace ropewalk {

/// The folders in which groups can be created if they are writable, the best first. `groups` and `mounts` have the form
/// of /proc/self/cgroup and /proc/self/mountinfo.
std::vector<GroupFolder> memory_group_folders(std::string_view groups, std::string_view mounts);
/// Those of this process.
std::vector<GroupFolder> memory_group_folders();

/// One group. Its host must end before it is destroyed.
class MemoryGroup {
 public:
  MemoryGroup(std::filesystem::path folder, Fd door, Fd events)
      : folder_(std::move(folder)), door_(std::move(door)), events_(std::move(events)) {}
  ~MemoryGroup();
  MemoryGroup(const MemoryGroup&) = delete;
  MemoryGroup& operator=(const MemoryGroup&) = delete;

  /// A process that writes "0" to this descriptor joins the group, and so do all processes that it starts afterwards.
  int door() const { return door_.get(); }
  /// How many of the group's processes the kernel has killed because of the limit.
  std::uint64_t kills() const;

 private:
  std::filesystem::path folder_;
  Fd door_, events_;
};

class MemoryGroups {
 public:
  /// Creates no group yet.
  MemoryGroups() = default;
  /// Removes the groups that it created, if their hosts have ended.
  ~MemoryGroups();
  MemoryGroups(const MemoryGroups&) = delete;
  MemoryGroups& operator=(const MemoryGroups&) = delete;

  /// Creates a group; null if none can be created. The limit is set slightly above `bytes`, because the kernel charges
  /// its own memory to the group.
  std::unique_ptr<MemoryGroup> make(std::uint64_t bytes);
  /// The folder of all groups, once one was created. A process that outlives this one must remove it.
  const std::filesystem::path& folder() const { return folder_; }
  /// Leaves the folder to its new owner. The next group gets a new folder.
  void leave_folder() { searched_ = false, folder_.clear(); }

 private:
  bool find_folder();

  bool searched_ = false;
  GroupFolder place_;
  std::filesystem::path folder_;
  std::uint64_t made_ = 0;
};

/// Kills the processes left in the groups of a folder, and those that they start meanwhile, and removes the groups and
/// the folder. False: after `most`, a process still lives.
bool remove_groups(const std::filesystem::path& folder, std::chrono::nanoseconds most);

}  // namespace ropewalk
