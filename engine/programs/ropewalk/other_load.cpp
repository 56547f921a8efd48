#include "other_load.hpp"

#include <charconv>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <system_error>
#include <unistd.h>

namespace ropewalk::cli {
namespace {

struct CpuOfProcess {
  int parent = 0;
  long long ticks = 0;  // with those of the children that it has waited for
};

/// "/proc/PID/stat" behind the name, which may hold blanks and parentheses: state ppid ... utime stime cutime cstime.
bool read_cpu(const std::filesystem::path& folder, CpuOfProcess& process) {
  std::ifstream file(folder / "stat");
  std::string text;
  std::getline(file, text);
  const std::size_t end = text.rfind(')');
  if (end == text.npos) return false;
  std::istringstream fields(text.substr(end + 1));
  std::string skipped;
  fields >> skipped >> process.parent;
  for (int field = 5; field < 14; ++field) fields >> skipped;
  for (int field = 0; field < 4; ++field) {
    long long ticks = 0;
    fields >> ticks;
    process.ticks += ticks;
  }
  return static_cast<bool>(fields);
}

bool is_ours(const std::map<int, CpuOfProcess>& all, int pid) {
  for (int steps = 0; pid > 1 && steps < 1000; ++steps) {
    if (pid == ::getpid()) return true;
    const auto process = all.find(pid);
    if (process == all.end()) return false;
    pid = process->second.parent;
  }
  return false;
}

/// The eighth number of the first line of /proc/stat.
long long stolen_ticks() {
  std::ifstream file("/proc/stat");
  std::string name;
  long long ticks = 0;
  file >> name;
  for (int field = 0; field < 8; ++field) file >> ticks;
  return file ? ticks : 0;
}

}  // namespace

double other_cpu_s() {
  std::map<int, CpuOfProcess> all;
  std::error_code failed;
  for (auto entry = std::filesystem::directory_iterator("/proc", failed);
       !failed && entry != std::filesystem::directory_iterator(); entry.increment(failed)) {
    const std::string name = entry->path().filename().string();
    int pid = 0;
    if (std::from_chars(name.data(), name.data() + name.size(), pid).ptr != name.data() + name.size()) continue;
    if (CpuOfProcess process; read_cpu(entry->path(), process)) all[pid] = process;
  }
  long long ticks = stolen_ticks();
  for (const auto& [pid, process] : all)
    if (!is_ours(all, pid)) ticks += process.ticks;
  return static_cast<double>(ticks) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

}  // namespace ropewalk::cli
