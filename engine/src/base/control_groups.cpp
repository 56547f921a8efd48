#include "base/control_groups.hpp"

#include "base/file_text.hpp"

#include <algorithm>
#include <sstream>

namespace ropewalk {

bool ControlGroup::controls(std::string_view controller) const {
  if (version() == 2) return true;
  std::istringstream words(controllers);
  for (std::string word; std::getline(words, word, ',');)
    if (word == controller) return true;
  return false;
}

std::vector<ControlGroup> control_groups(std::string_view lines) {
  std::vector<ControlGroup> groups;
  std::istringstream in{std::string(lines)};
  for (std::string line; std::getline(in, line);) {
    const std::size_t first = line.find(':'), second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    groups.push_back({line.substr(first + 1, second - first - 1), line.substr(second + 1)});
  }
  return groups;
}

std::vector<GroupFolder> limiting_groups(std::string_view controller) {
  std::vector<GroupFolder> folders;
  for (const ControlGroup& group : control_groups(file_text("/proc/self/cgroup").value_or(""))) {
    if (!group.controls(controller)) continue;
    std::string root = "/sys/fs/cgroup";
    if (group.version() == 1) root.append("/").append(controller);
    for (std::string path = group.path; path.starts_with('/') && path.size() > 1; path.erase(path.rfind('/')))
      folders.push_back({root + path, group.version()});
    folders.push_back({root, group.version()});
  }
  return folders;
}

}  // namespace ropewalk
