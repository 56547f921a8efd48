#pragma once
// What the kernel says in /proc of processes. Any thread.

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace ropewalk {

/// A line of /proc/PID/stat.
struct ProcessStat {
  std::string name = {};  ///< at most 15 bytes, which may be any
  char state = 0;
  pid_t parent = 0;
  std::uint64_t cpu_ticks = 0;     ///< user and system, of all its threads
  std::uint64_t reaped_ticks = 0;  ///< the same, of the children that it has waited for
  std::uint64_t start_ticks = 0;   ///< since the machine started
  std::uint64_t memory_bytes = 0;  ///< its address space; 0 if it is ending
  /// It has ended, and its parent has not reaped it.
  bool has_ended() const { return state == 'Z' || state == 'X'; }
};
/// Nothing: there is no such process.
std::optional<ProcessStat> process_stat(pid_t pid);

/// The content of /proc/PID/NAME; empty if there is no such process.
std::string process_file(pid_t pid, const char* name);

/// The process that traces it; 0: none does; -1: the kernel does not say.
pid_t tracer_of(pid_t pid);

/// Visits every process of the machine, this one too.
void for_each_process(const std::function<void(pid_t)>& visit);

/// Identifies the time since the machine started; empty if the kernel does not say.
std::string boot_id();

/// The name of this machine and its kernel: "ada (Linux 6.1.0 x86_64)".
std::string machine_name();

}  // namespace ropewalk
