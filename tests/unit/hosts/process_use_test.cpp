#include "hosts/process_use.hpp"

#include "base/cycles.hpp"
#include "support/patience.hpp"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <thread>

namespace ropewalk {
namespace {

TEST(ProcessUse, AProcessThatIsGoneUsesNothingAndHasWaitedForNoCore) {
  const pid_t pid = ::fork();
  if (pid == 0) ::_exit(0);
  ASSERT_EQ(::waitpid(pid, nullptr, 0), pid);
  EXPECT_EQ(process_run_delay_ns(pid), 0);
  EXPECT_EQ(process_descriptors(pid), 0u);
  EXPECT_EQ(process_memory_bytes(pid), 0u);
}

TEST(ProcessUse, TheTimeThatAProcessWaitsForACoreGrows) {
  // Two processes on one core: each waits while the other runs.
  cpu_set_t all, one;
  ASSERT_EQ(::sched_getaffinity(0, sizeof all, &all), 0);
  CPU_ZERO(&one);
  for (int core = 0; core < CPU_SETSIZE; ++core)
    if (CPU_ISSET(core, &all)) {
      CPU_SET(core, &one);
      break;
    }
  ASSERT_EQ(::sched_setaffinity(0, sizeof one, &one), 0);
  const pid_t pid = ::fork();
  if (pid == 0)
    for (;;) ::sched_getcpu();
  EXPECT_EQ(other_threads_run_delay_ns(pid), 0) << "it has one thread";
  const std::int64_t before_ns = process_run_delay_ns(pid);
  while (process_run_delay_ns(pid) <= before_ns) {  // this loop takes the core
  }
  ::kill(pid, SIGKILL);
  ::waitpid(pid, nullptr, 0);
  ::sched_setaffinity(0, sizeof all, &all);
}

TEST(ProcessUse, AProcessSleepsIfAllItsThreadsDo) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const pid_t pid = ::fork();
  if (pid == 0) {
    const std::thread other([&] {
      char byte = 0;
      (void)!::read(ends[0], &byte, 1);
      for (;;) ::sched_getcpu();
    });
    for (;;) ::pause();
  }
  EXPECT_TRUE(test::eventually([&] { return all_threads_sleep(pid); }));
  ASSERT_EQ(::write(ends[1], "x", 1), 1);
  EXPECT_TRUE(test::eventually([&] { return !all_threads_sleep(pid); }));
  ::kill(pid, SIGKILL);
  ::waitpid(pid, nullptr, 0);
  EXPECT_TRUE(all_threads_sleep(pid)) << "it is gone";
  for (const int end : ends) ::close(end);
}

TEST(ProcessUse, TheIdleTimeOfTheMachineIsAtMostAllItsCoresSinceItStarted) {
  const std::int64_t first_ns = machine_idle_ns();
  ASSERT_GE(first_ns, 0);
  EXPECT_GE(machine_idle_ns(), first_ns) << "it never goes back";
  EXPECT_LE(first_ns, (clock_ns(CLOCK_BOOTTIME) + 1'000'000'000) * ::sysconf(_SC_NPROCESSORS_CONF));
}

}  // namespace
}  // namespace ropewalk
