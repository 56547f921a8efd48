#include "choices/cores.hpp"

#include <ropewalk/plan.hpp>

#include <sched.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <string>
#include <vector>

namespace ropewalk {
namespace {

/// Cores that the quota of one cgroup allows, version 2 or 1; infinite without one.
double quota(const std::string& folder) {
  std::string limit;
  double period = 0;
  if (std::ifstream file(folder + "/cpu.max"); file >> limit >> period && limit != "max" && period > 0)
    return std::stod(limit) / period;
  double v1_quota = 0, v1_period = 0;
  std::ifstream quota_file(folder + "/cpu.cfs_quota_us"), period_file(folder + "/cpu.cfs_period_us");
  if (quota_file >> v1_quota && period_file >> v1_period && v1_quota > 0 && v1_period > 0) return v1_quota / v1_period;
  return std::numeric_limits<double>::infinity();
}

/// The least quota of this process's cgroup and of those above it.
double cgroup_cores() {
  double cores = std::numeric_limits<double>::infinity();
  std::ifstream groups("/proc/self/cgroup");
  for (std::string line; std::getline(groups, line);) {
    const std::size_t first = line.find(':'), second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    // Version 2 has one line without controllers; of version 1, cpuset and cpuacct hold no quota.
    if (!controllers.empty() && (',' + controllers + ',').find(",cpu,") == std::string::npos) continue;
    const std::string root = controllers.empty() ? "/sys/fs/cgroup" : "/sys/fs/cgroup/cpu";
    std::string path = line.substr(second + 1);
    if (path == "/") path.clear();
    for (; !path.empty(); path.erase(std::min(path.rfind('/'), path.size()))) {
      cores = std::min(cores, quota(root + path));
      if (path.find('/') == std::string::npos) break;
    }
    cores = std::min(cores, quota(root));
  }
  return cores;
}

}  // namespace

unsigned affinity_cores() {
  for (int count = 1024; count <= 1 << 20; count *= 4) {  // the kernel refuses masks smaller than its own
    std::vector<unsigned long> mask(static_cast<std::size_t>(count) / (8 * sizeof(unsigned long)));
    const std::size_t bytes = mask.size() * sizeof(unsigned long);
    auto* set = reinterpret_cast<cpu_set_t*>(mask.data());
    if (::sched_getaffinity(0, bytes, set) == 0) return static_cast<unsigned>(CPU_COUNT_S(bytes, set));
  }
  return 1;
}

unsigned usable_cores() {
  const double cores = std::min<double>(affinity_cores(), std::ceil(cgroup_cores()));
  return static_cast<unsigned>(std::clamp(cores, 1.0, 4096.0));
}

}  // namespace ropewalk
