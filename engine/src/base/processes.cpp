#include "base/processes.hpp"

#include "base/fd.hpp"
#include "base/file_text.hpp"

#include <dirent.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>

namespace ropewalk {
std::string process_file(pid_t pid, const char* name) {
  std::array<char, 64> path;
  std::snprintf(path.data(), path.size(), "/proc/%d/%s", static_cast<int>(pid), name);
  return file_text(path.data()).value_or("");
}

std::optional<ProcessStat> process_stat(pid_t pid) {
  const std::string text = process_file(pid, "stat");
  const std::size_t name = text.find('('), name_end = text.rfind(')');  // a name may contain any character
  if (name == text.npos || name_end == text.npos) return std::nullopt;
  ProcessStat stat{.name = text.substr(name + 1, name_end - name - 1)};
  int parent = 0;
  unsigned long long user = 0, system = 0, reaped_user = 0, reaped_system = 0, start = 0, memory = 0;
  if (std::sscanf(text.c_str() + name_end + 1,
                  " %c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu %llu %llu %*d %*d %*d %*d %llu %llu",
                  &stat.state, &parent, &user, &system, &reaped_user, &reaped_system, &start, &memory) != 8)
    return std::nullopt;
  stat.parent = parent;
  stat.cpu_ticks = user + system;
  stat.reaped_ticks = reaped_user + reaped_system;
  stat.start_ticks = start;
  stat.memory_bytes = memory;
  return stat;
}

pid_t tracer_of(pid_t pid) {
  constexpr const char* kName = "\nTracerPid:";
  const std::string text = process_file(pid, "status");
  const std::size_t at = text.find(kName);
  int tracer = 0;
  return at != text.npos && std::sscanf(text.c_str() + at + std::strlen(kName), "%d", &tracer) == 1 ? tracer : -1;
}

void for_each_process(const std::function<void(pid_t)>& visit) {
  const std::unique_ptr<DIR, int (*)(DIR*)> proc(::opendir("/proc"), ::closedir);
  while (proc) {
    const dirent* const entry = ::readdir(proc.get());
    if (entry == nullptr) return;
    if (const auto pid = static_cast<pid_t>(std::atoi(entry->d_name)); pid > 0) visit(pid);
  }
}

std::string boot_id() {
  std::string text = file_text("/proc/sys/kernel/random/boot_id").value_or("");
  text.resize(std::min(text.find('\n'), text.size()));
  return text;
}

std::string machine_name() {
  utsname about{};
  ::uname(&about);
  return std::string(about.nodename) + " (" + about.sysname + " " + about.release + " " + about.machine + ")";
}

}  // namespace ropewalk
