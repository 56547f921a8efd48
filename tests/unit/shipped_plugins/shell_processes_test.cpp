// shell.run in the fake host: what happens to the command's processes.

#include "support/patience.hpp"
#include "unit/shipped_plugins/loaded.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <thread>

using ropewalk::FakeOutcome;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using List = ropewalk::FakeValue::List;
using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;
using ropewalk::test::kPatience;

namespace {

FakeOutcome shell(const ropewalk::FakeHost::Params& params, const ropewalk::FakeSituation& situation = {}) {
  FakeOutcome outcome = run_in(SHIPPED_PLUGINS "/shell.so", "run", params, situation);
  EXPECT_THAT(outcome.faults, IsEmpty());
  return outcome;
}

bool gone(pid_t pid) {
  const std::string stat = content_of("/proc/" + std::to_string(pid) + "/stat");
  return stat.empty() || stat.find(") Z ") != std::string::npos;
}

/// Requests a command to stop once it has created the file `ready`. Retries with more time until the request was not
/// too early.
FakeOutcome stopped_when_ready(const std::string& command, const Folder& folder) {
  for (auto after = 20ms;; after *= 2) {
    std::filesystem::remove(folder / "ready");
    const FakeOutcome outcome = shell({{"command", command}, {"cwd", folder.path()}}, {.cancel_after = after});
    if (std::filesystem::exists(folder / "ready") || after > kPatience) return outcome;
  }
}

/// Like a real host: orphans become children of this process.
class Subreaper : public testing::TestWithParam<bool> {
 protected:
  void SetUp() override { prctl(PR_SET_CHILD_SUBREAPER, GetParam() ? 1 : 0); }
  void TearDown() override {
    prctl(PR_SET_CHILD_SUBREAPER, 0);
    EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1) << "a child or a zombie is left";
  }
};
INSTANTIATE_TEST_SUITE_P(ShellProcesses, Subreaper, testing::Bool(),
                         [](const auto& info) { return info.param ? "On" : "Off"; });

TEST_P(Subreaper, C01_KillsAndNamesWhatACommandLeavesRunning) {
  const FakeOutcome outcome =
      shell({{"command", "sleep 5000 >/dev/null 2>&1 & echo $!; until grep -q sleep /proc/$!/comm; do :; done"}});
  EXPECT_TRUE(outcome.succeeded) << outcome.message;
  EXPECT_THAT(outcome.logs,
              ElementsAre(Pair(ROPEWALK_LOG_WARNING, "the command left running and lost 1 process: sleep")));
  EXPECT_EQ(outcome.left_behind, 1u);
  EXPECT_TRUE(gone(std::stoi(outcome.text("stdout"))));
}

TEST_P(Subreaper, C03_DoesNotWaitForAChildThatHoldsThePipe) {
  const auto begin = Clock::now();
  const FakeOutcome outcome = shell({{"command", "sleep 5000 & echo $!"}});
  EXPECT_LT(Clock::now() - begin, kPatience);
  EXPECT_TRUE(gone(std::stoi(outcome.text("stdout"))));
  EXPECT_EQ(outcome.logs.size(), 1u);
}

TEST_P(Subreaper, ReadsOutputThatAChildWritesShortlyAfter) {
  // The child reads end-of-file when the command, the only writer, is gone.
  const Folder folder;
  const FakeOutcome outcome =
      shell({{"command", "mkfifo p; (read line <p || echo late) & exec 4>p; echo early"}, {"cwd", folder.path()}});
  EXPECT_EQ(outcome.text("stdout"), "early\nlate\n");
}

TEST_P(Subreaper, C04_LeavesNoZombieAndReportsNothingForACleanCommand) {
  for (int i = 0; i < 20; ++i) EXPECT_THAT(shell({{"command", "true & wait"}}).logs, IsEmpty());
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1) << "there is a child, dead or alive";
}

TEST_P(Subreaper, C04_ReapsOrphansThatEndedByThemselves) {
  const Folder folder;
  const std::string until_it_has_ended = "while grep -qs '^State:[^Z]*$' /proc/$(cat pid)/status; do :; done";
  for (int i = 0; i < 3; ++i)
    EXPECT_THAT(shell({{"command", "(true & echo $! >pid); " + until_it_has_ended}, {"cwd", folder.path()}}).logs,
                IsEmpty());
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1) << "there is a child, dead or alive";
}

TEST_P(Subreaper, WaitsForACommandThatHasClosedItsOutput) {
  const FakeOutcome outcome =
      shell({{"command", "echo said; exec >&- 2>&-; sleep 0.1; exit 3"}, {"ok_codes", List{3}}});
  EXPECT_EQ(outcome.integer("exit_code"), 3);
  EXPECT_EQ(outcome.text("stdout"), "said\n");
}

TEST_P(Subreaper, StopsImmediatelyOnRequest) {
  EXPECT_EQ(shell({{"argv", List{"sleep", "5000"}}}, {.cancel_after = 20ms}).kind, "stopped");
  const Folder folder;
  const FakeOutcome outcome =
      stopped_when_ready("trap 'echo by TERM >ended; exit' TERM; echo >ready; while :; do sleep 0.01; done", folder);
  EXPECT_EQ(outcome.kind, "stopped");
  EXPECT_EQ(content_of(folder / "ended"), "by TERM\n") << "it was killed instead";
}

TEST_P(Subreaper, C08_KillsACommandThatIgnoresTermAfterTheGrace) {
  const Folder folder;
  const auto begin = Clock::now();
  const FakeOutcome outcome =
      stopped_when_ready("trap '' TERM; echo $$ >pid; echo >ready; while :; do sleep 0.05; done", folder);
  const auto took = Clock::now() - begin;
  EXPECT_EQ(outcome.kind, "stopped");
  EXPECT_GE(took, 2s);
  EXPECT_LT(took, kPatience);
  EXPECT_TRUE(gone(std::stoi(content_of(folder / "pid"))));
}

TEST_P(Subreaper, C08_EndsACommandThatIsStoppedBySignal) {
  const FakeOutcome outcome = shell({{"command", "kill -STOP $$; sleep 5000"}}, {.cancel_after = 50ms});
  EXPECT_EQ(outcome.kind, "stopped");
}

TEST(ShellProcesses, C09_InheritsNoDescriptorNoMaskAndNoIgnoredSignal) {
  ASSERT_GE(dup2(STDERR_FILENO, 77), 0);  // without CLOEXEC, as a careless plugin would
  const auto ignored = signal(SIGUSR1, SIG_IGN);
  // The state that posix_spawn() leaves in its children, and that the C library hides.
  const unsigned long ignore[4] = {1}, by_default[4] = {};
  syscall(SYS_rt_sigaction, 32, ignore, nullptr, 8);
  sigset_t blocked, before;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &blocked, &before);
  const FakeOutcome outcome = shell({{"command", "ls /proc/self/fd; grep -E 'SigBlk|SigIgn' /proc/self/status"}});
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  signal(SIGUSR1, ignored);
  syscall(SYS_rt_sigaction, 32, by_default, nullptr, 8);
  close(77);
  // 3 belongs to the listing itself.
  EXPECT_EQ(outcome.text("stdout"), "0\n1\n2\n3\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
}

TEST(ShellProcesses, RunsWithManyDescriptorsAndWithClosedStandardOnes) {
  const int in = fcntl(0, F_DUPFD_CLOEXEC, 3);
  close(0);
  EXPECT_EQ(shell({{"command", "cat; echo said; echo moaned >&2"}}).results,
            shell({{"command", "cat; echo said; echo moaned >&2"}, {"stdin", ""}}).results);
  dup2(in, 0);
  std::vector<int> many{in};
  while (many.back() < 300) many.push_back(fcntl(in, F_DUPFD_CLOEXEC, 3));
  EXPECT_EQ(shell({{"command", "echo said; exit 0"}}).text("stdout"), "said\n");
  for (const int fd : many) close(fd);
}

TEST(ShellProcesses, ManyRunAtOnceInOneProcess) {
  std::vector<std::thread> threads;
  std::atomic<int> right = 0;
  for (int i = 0; i < 16; ++i) {
    threads.emplace_back([&right, i] {
      for (int round = 0; round < 5; ++round)
        if (shell({{"command", "sleep 0.01; exit " + std::to_string(i)}, {"ok_codes", List{i}}}).integer("exit_code") ==
            i)
          ++right;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, 80);
}

TEST(ShellProcesses, C06_ScriptsJustWrittenByManyThreadsStart) {
  const Folder folder;
  std::vector<std::thread> threads;
  std::atomic<int> right = 0;
  for (int i = 0; i < 6; ++i) {
    threads.emplace_back([&, i] {
      for (int round = 0; round < 10; ++round) {
        const std::string script =
            folder.make(std::to_string(i) + "-" + std::to_string(round), "#!/bin/sh\nexit 0\n", 0755);
        if (shell({{"argv", List{script}}}).succeeded) ++right;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, 60);
}

}  // namespace
