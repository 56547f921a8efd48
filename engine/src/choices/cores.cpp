#include "choices/cores.hpp"

#include "base/control_groups.hpp"

#include <ropewalk/plan.hpp>

#include <sched.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <string>
#include <vector>

namespace ropewalk {
namespace {

/// Cores that the quota of one cgroup allows, version 2 or 1; infinite without one.
double quota(const std::filesystem::path& folder) {
  std::string limit;
  double period = 0;
  if (std::ifstream file(folder / "cpu.max"); file >> limit >> period && limit != "max" && period > 0)
    return std::stod(limit) / period;
  double v1_quota = 0, v1_period = 0;
  std::ifstream quota_file(folder / "cpu.cfs_quota_us"), period_file(folder / "cpu.cfs_period_us");
  if (quota_file >> v1_quota && period_file >> v1_period && v1_quota > 0 && v1_period > 0) return v1_quota / v1_period;
  return std::numeric_limits<double>::infinity();
}

/// The least quota of this process's cgroup and of those above it.
double cgroup_cores() {
  double cores = std::numeric_limits<double>::infinity();
  for (const GroupFolder& folder : limiting_groups("cpu")) cores = std::min(cores, quota(folder.path));
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
