#include "hosts/process_use.hpp"

#include "base/cycles.hpp"
#include "base/fd.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <string>
#include <system_error>

namespace ropewalk {
namespace {

std::string proc_file(pid_t pid, const char* name) {
  char path[48], text[4096];
  std::snprintf(path, sizeof path, "/proc/%d/%s", static_cast<int>(pid), name);
  const Fd fd(::open(path, O_RDONLY | O_CLOEXEC));
  const ssize_t size = fd ? ::read(fd.get(), text, sizeof text) : 0;
  return std::string(text, size > 0 ? static_cast<std::size_t>(size) : 0);
}

constexpr int kMaxGenerations = 1000;

pid_t status_number(pid_t pid, const char* name) {
  const std::string text = proc_file(pid, "status");
  const std::size_t at = text.find(name);
  int number = 0;
  return at != std::string::npos && std::sscanf(text.c_str() + at + std::strlen(name), "%d", &number) == 1 ? number : 0;
}

}  // namespace

std::int64_t process_cpu_ns(pid_t pid) {
  clockid_t clock{};
  timespec time{};
  if (::clock_getcpuclockid(pid, &clock) != 0 || ::clock_gettime(clock, &time) != 0) return -1;
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

std::uint64_t process_memory_bytes(pid_t pid) {
  const std::string text = proc_file(pid, "status");
  std::uint64_t bytes = 0;
  for (const char* name : {"\nRssAnon:", "\nRssShmem:"}) {
    const std::size_t at = text.find(name);
    unsigned long long kib = 0;
    if (at != std::string::npos && std::sscanf(text.c_str() + at + std::strlen(name), "%llu", &kib) == 1)
      bytes += kib * 1024;
  }
  return bytes;
}

std::int64_t process_run_delay_ns(pid_t pid) {
  long long ran = 0, waited = 0;
  return std::sscanf(proc_file(pid, "schedstat").c_str(), "%lld %lld", &ran, &waited) == 2 ? waited : 0;
}

std::uint64_t process_descriptors(pid_t pid) {
  const std::filesystem::path folder = "/proc/" + std::to_string(pid) + "/fd";
  std::error_code failed;
  std::uint64_t open = 0;
  for (std::filesystem::directory_iterator entry(folder, failed), end; !failed && entry != end; entry.increment(failed))
    ++open;
  return open;
}

ProcessState process_state(pid_t pid) {
  const std::string text = proc_file(pid, "stat");
  const std::size_t name_end = text.rfind(')');  // a name may hold anything
  char state = 0;
  unsigned long long user = 0, system = 0, memory = 0;
  if (name_end == std::string::npos ||
      std::sscanf(text.c_str() + name_end,
                  ") %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu %*d %*d %*d %*d %*d %*d %*u %llu", &state,
                  &user, &system, &memory) != 4)
    return {};
  return {.state = state, .cpu_ticks = user + system, .ending = state == 'Z' || state == 'X' || memory == 0};
}

pid_t parent_of(pid_t pid) { return status_number(pid, "\nPPid:"); }

bool process_is_stopped(pid_t pid, pid_t warden) {
  const char state = process_state(pid).state;
  if (state != 't') return state == 'T';
  pid_t tracer = status_number(pid, "\nTracerPid:");
  for (int generations = 0; tracer > 1 && generations < kMaxGenerations; ++generations) {
    if (tracer == warden) return true;
    tracer = parent_of(tracer);
  }
  return false;
}

std::uint64_t out_of_memory_kills() {
  std::string text(32 << 10, '\0');
  const Fd fd(::open("/proc/vmstat", O_RDONLY | O_CLOEXEC));
  const ssize_t size = fd ? ::read(fd.get(), text.data(), text.size()) : 0;
  text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  const std::size_t at = text.find("\noom_kill ");
  unsigned long long count = 0;
  return at != std::string::npos && std::sscanf(text.c_str() + at, " oom_kill %llu", &count) == 1 ? count : 0;
}

}  // namespace ropewalk
