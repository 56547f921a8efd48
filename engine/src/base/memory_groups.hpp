#pragma once
// Control groups that hold a host, with everything that it starts, to an amount of memory. They can be made where this
// user may, and where the kernel offers the memory controller: version 1, or version 2 in a unit that systemd delegates.
// Elsewhere a limit is held by rlimits and by looking. One thread.

#include "base/fd.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace ropewalk {

/// A folder in which groups may be made, if it is writable.
struct GroupsFolder {
  std::filesystem::path path;
  int version = 2;  ///< of control groups
  bool operator==(const GroupsFolder&) const = default;
};
/// Those of this process, the best first. Takes /proc/self/cgroup and /proc/self/mountinfo.
std::vector<GroupsFolder> memory_group_folders(std::string_view groups, std::string_view mounts);

/// The end of its host comes before its own.
class MemoryGroup {
 public:
  MemoryGroup(std::filesystem::path folder, Fd door, Fd events) : folder_(std::move(folder)), door_(std::move(door)), events_(std::move(events)) {}
  ~MemoryGroup();
  MemoryGroup(const MemoryGroup&) = delete;
  MemoryGroup& operator=(const MemoryGroup&) = delete;

  /// Who writes "0" into it is in the group from then on, and what it starts is born there.
  int door() const { return door_.get(); }
  /// How many of its processes the kernel has killed because the limit was reached.
  std::uint64_t kills() const;

 private:
  std::filesystem::path folder_;
  Fd door_, events_;
};

class MemoryGroups {
 public:
  /// Makes nothing yet.
  MemoryGroups() = default;
  /// Removes what it has made, if its hosts are gone.
  ~MemoryGroups();
  MemoryGroups(const MemoryGroups&) = delete;
  MemoryGroups& operator=(const MemoryGroups&) = delete;

  /// Null where none can be made. The limit is a little higher than asked for: the kernel counts what it needs itself.
  std::unique_ptr<MemoryGroup> make(std::uint64_t bytes);
  /// Where all of them are, once one was made: whoever outlives this process removes it.
  const std::filesystem::path& folder() const { return folder_; }
  /// Leaves the folder to whom it was given; the next group gets another one.
  void leave_folder() { looked_ = false, folder_.clear(); }

 private:
  bool find_folder();

  bool looked_ = false;
  GroupsFolder place_;
  std::filesystem::path folder_;
  std::uint64_t made_ = 0;
};

/// Removes a folder of groups with those in it, and kills what is left in them.
void remove_groups(const std::filesystem::path& folder);

}  // namespace ropewalk
