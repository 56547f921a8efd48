#pragma once
// The control groups that a process is in, as /proc/self/cgroup lists them. Stateless; any thread.

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace ropewalk {

/// One line of /proc/self/cgroup.
struct ControlGroup {
  std::string controllers;  ///< separated by commas; empty in version 2, which has one hierarchy for all of them
  std::string path;         ///< within its hierarchy, from "/"
  int version() const { return controllers.empty() ? 2 : 1; }
  /// Whether the group can hold a limit of that controller.
  bool controls(std::string_view controller) const;
};
/// Lines that are not of that form are left out.
std::vector<ControlGroup> control_groups(std::string_view lines);

/// The folder of a control group.
struct GroupFolder {
  std::filesystem::path path;
  int version = 2;  ///< of the interface: it decides the names of the files
  bool operator==(const GroupFolder&) const = default;
};
/// The folders of the groups of this process that can limit that controller, and of all groups above them. They need
/// not exist: the hierarchies are expected where they are usually mounted.
std::vector<GroupFolder> limiting_groups(std::string_view controller);

}  // namespace ropewalk
