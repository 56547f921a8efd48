// What is read of a process is what is true of it.

#include "base/processes.hpp"

#include "base/cycles.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <string>
#include <vector>

namespace ropewalk {
namespace {

/// A child that waits under this name until it is killed.
class Child {
 public:
  explicit Child(const char* name) : pid_(::fork()) {
    if (pid_ != 0) return;
    ::prctl(PR_SET_NAME, name);
    ::raise(SIGSTOP);
    for (;;) ::pause();
  }
  ~Child() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  pid_t pid() const { return pid_; }
  void wait_until_stopped() const { ASSERT_EQ(::waitpid(pid_, nullptr, WUNTRACED), pid_); }

 private:
  const pid_t pid_;
};

TEST(Processes, AStatIsReadWhateverTheName) {
  for (const char* name : {"plain", "a) R 1 (b", ") ) )", "\n\t", "("}) {
    const Child child(name);
    child.wait_until_stopped();
    const auto stat = process_stat(child.pid());
    ASSERT_TRUE(stat) << name;
    EXPECT_EQ(stat->name, name);
    EXPECT_EQ(stat->state, 'T') << name;
    EXPECT_EQ(stat->parent, ::getpid()) << name;
    EXPECT_GE(stat->start_ticks, process_stat(::getpid())->start_ticks) << name;
    EXPECT_GT(stat->memory_bytes, 0u) << name;
    EXPECT_FALSE(stat->has_ended()) << name;
  }
}

TEST(Processes, AZombieHasEndedAndAProcessThatIsReapedIsNothing) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  siginfo_t end{};
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(child), &end, WEXITED | WNOWAIT), 0);
  ASSERT_TRUE(process_stat(child));
  EXPECT_TRUE(process_stat(child)->has_ended());
  EXPECT_EQ(process_stat(child)->memory_bytes, 0u);
  ::waitpid(child, nullptr, 0);
  EXPECT_FALSE(process_stat(child));
  EXPECT_EQ(process_file(child, "comm"), "");
  EXPECT_EQ(tracer_of(child), -1);
}

TEST(Processes, TheCpuTimeOfAChildIsItsParentsOnceItIsReaped) {
  const std::uint64_t before = process_stat(::getpid())->reaped_ticks;
  const std::int64_t tick_ns = 1'000'000'000 / ::sysconf(_SC_CLK_TCK);
  const pid_t child = ::fork();
  if (child == 0) {
    while (clock_ns(CLOCK_PROCESS_CPUTIME_ID) < 20 * tick_ns) {
    }
    ::_exit(0);
  }
  EXPECT_LT(process_stat(::getpid())->reaped_ticks, before + 10) << "it runs";
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  EXPECT_GE(process_stat(::getpid())->reaped_ticks, before + 10);
}

TEST(Processes, AllAreVisited) {
  const Child child("visited");
  std::vector<pid_t> seen;
  for_each_process([&](pid_t pid) { seen.push_back(pid); });
  EXPECT_THAT(seen, testing::IsSupersetOf({::getpid(), child.pid()}));
}

TEST(Processes, LongFilesAreReadWhole) {
  const std::string text = process_file(::getpid(), "maps");
  EXPECT_GT(text.size(), 4096u);
  EXPECT_TRUE(text.ends_with('\n'));
}

TEST(Processes, TheBootHasALineOfItsOwn) {
  EXPECT_EQ(boot_id().size(), 36u);
  EXPECT_EQ(boot_id().find('\n'), std::string::npos);
  EXPECT_EQ(boot_id(), boot_id());
}

}  // namespace
}  // namespace ropewalk
