#include "hosts/process_use.hpp"

#include "base/cycles.hpp"
#include "base/fd.hpp"
#include "base/folder_entries.hpp"
#include "base/processes.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

namespace ropewalk {
namespace {

constexpr int kMaxGenerations = 1000;

/// /proc has each of them at the top too.
std::vector<pid_t> threads_of(pid_t pid) {
  std::vector<pid_t> threads;
  for (const std::filesystem::path& entry : folder_entries("/proc/" + std::to_string(pid) + "/task"))
    threads.push_back(static_cast<pid_t>(std::strtol(entry.filename().c_str(), nullptr, 10)));
  return threads;
}

}  // namespace

std::int64_t process_cpu_ns(pid_t pid) {
  clockid_t clock{};
  timespec time{};
  if (::clock_getcpuclockid(pid, &clock) != 0 || ::clock_gettime(clock, &time) != 0) return -1;
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

std::uint64_t process_memory_bytes(pid_t pid) {
  const std::string text = process_file(pid, "status");
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
  return std::sscanf(process_file(pid, "schedstat").c_str(), "%lld %lld", &ran, &waited) == 2 ? waited : 0;
}

std::int64_t other_threads_run_delay_ns(pid_t pid) {
  std::int64_t sum = 0;
  for (const pid_t thread : threads_of(pid))
    if (thread != pid) sum += process_run_delay_ns(thread);
  return sum;
}

bool all_threads_sleep(pid_t pid) {
  const std::vector<pid_t> threads = threads_of(pid);
  return std::ranges::all_of(threads, [](pid_t thread) {
    const auto stat = process_stat(thread);
    return !stat || stat->state == 'S' || stat->has_ended();
  });
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
  const auto stat = process_stat(pid);
  if (!stat) return {};
  return {.state = stat->state, .cpu_ticks = stat->cpu_ticks, .ending = stat->has_ended() || stat->memory_bytes == 0};
}

pid_t parent_of(pid_t pid) {
  const auto stat = process_stat(pid);
  return stat ? stat->parent : 0;
}

bool process_is_stopped(pid_t pid, pid_t warden) {
  const char state = process_state(pid).state;
  if (state != 't') return state == 'T';
  pid_t tracer = tracer_of(pid);
  for (int generations = 0; tracer > 1 && generations < kMaxGenerations; ++generations) {
    if (tracer == warden) return true;
    tracer = parent_of(tracer);
  }
  return false;
}

std::int64_t machine_idle_ns() {
  char text[64] = {};
  const Fd fd(::open("/proc/uptime", O_RDONLY | O_CLOEXEC));
  double up_s = 0, idle_s = 0;
  if (!fd || ::read(fd.get(), text, sizeof text - 1) <= 0 || std::sscanf(text, "%lf %lf", &up_s, &idle_s) != 2)
    return -1;
  return static_cast<std::int64_t>(idle_s * 1e9);
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
