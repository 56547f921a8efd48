#include "other_load.hpp"

#include "base/processes.hpp"

#include <unistd.h>

#include <cstdint>
#include <fstream>
#include <map>
#include <string>
#include <utility>

namespace ropewalk::cli {
namespace {

bool is_ours(const std::map<pid_t, ProcessStat>& all, pid_t pid) {
  for (int steps = 0; pid > 1 && steps < 1000; ++steps) {
    if (pid == ::getpid()) return true;
    const auto process = all.find(pid);
    if (process == all.end()) return false;
    pid = process->second.parent;
  }
  return false;
}

/// The eighth number of the first line of /proc/stat.
std::uint64_t stolen_ticks() {
  std::ifstream file("/proc/stat");
  std::string name;
  std::uint64_t ticks = 0;
  file >> name;
  for (int field = 0; field < 8; ++field) file >> ticks;
  return file ? ticks : 0;
}

}  // namespace

double other_cpu_s() {
  std::map<pid_t, ProcessStat> all;
  for_each_process([&](pid_t pid) {
    if (auto stat = process_stat(pid)) all.emplace(pid, std::move(*stat));
  });
  std::uint64_t ticks = stolen_ticks();
  for (const auto& [pid, stat] : all)
    if (!is_ours(all, pid)) ticks += stat.cpu_ticks + stat.reaped_ticks;
  return static_cast<double>(ticks) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

}  // namespace ropewalk::cli
