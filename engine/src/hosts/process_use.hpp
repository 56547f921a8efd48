#pragma once
// What another process uses just now, as the kernel tells it. For hosts that are alive; a process that is gone uses
// nothing.

#include "hosts/warden_watch.hpp"

#include <sys/types.h>

#include <cstdint>

namespace ropewalk {

/// User and system time of all its threads; -1 if the kernel does not say.
std::int64_t process_cpu_ns(pid_t pid);
/// Resident memory but for files: its own and what it shares (its board is among that); 0 if the kernel does not say.
std::uint64_t process_memory_bytes(pid_t pid);

/// How long its main thread has been ready to run and has waited for a core; 0 if the kernel does not say.
std::int64_t process_run_delay_ns(pid_t pid);

/// The same of its other threads, together. Three system calls a thread.
std::int64_t other_threads_run_delay_ns(pid_t pid);
/// Whether no thread of this process runs, waits for a core or for a device, or is stopped. True if it is gone.
bool all_threads_sleep(pid_t pid);

/// How many descriptors it has open; 0 if the kernel does not say.
std::uint64_t process_descriptors(pid_t pid);

ProcessState process_state(pid_t pid);
/// 0: there is no such process.
pid_t parent_of(pid_t pid);
/// Whether somebody has stopped it (SIGSTOP): nothing in it can go on. A process that a descendant of `warden` traces
/// counts as stopped too; one that a debugger of the user traces does not.
bool process_is_stopped(pid_t pid, pid_t warden);

/// How long the cores of the machine have been idle since it started, all of them together; -1 if the kernel does not
/// say. Exact to 10 ms.
std::int64_t machine_idle_ns();

/// How many processes the kernel has killed for want of memory since the machine started, in all memory cgroups.
std::uint64_t out_of_memory_kills();

}  // namespace ropewalk
