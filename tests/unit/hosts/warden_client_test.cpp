// The real warden, with ordinary programs as its hosts.

#include "hosts/warden_client.hpp"

#include "base/cycles.hpp"
#include "protocol/board_memory.hpp"
#include "support/patience.hpp"

#include <ropewalk/codes.hpp>

#include <gmock/gmock.h>

#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <map>

namespace ropewalk {
namespace {

using Kind = WardenClient::Event::Kind;
using testing::HasSubstr;
using testing::StartsWith;

/// The warden, and the next event of a kind.
struct Watched {
  std::unique_ptr<WardenClient> warden = WardenClient::start(ROPEWALK_WARDEN).value();
  std::vector<WardenClient::Event> seen;

  WardenClient::Event next(Kind kind) {
    const std::int64_t until = monotonic_ns() + std::chrono::nanoseconds(test::kPatience).count();
    for (;;) {
      for (auto event = seen.begin(); event != seen.end(); ++event) {
        if (event->kind != kind) continue;
        WardenClient::Event found = std::move(*event);
        seen.erase(event);
        return found;
      }
      pollfd ready{.fd = warden->fd(), .events = POLLIN, .revents = 0};
      const std::int64_t left = until - monotonic_ns();
      if (left <= 0) break;
      ::poll(&ready, 1, static_cast<int>(left / 1'000'000) + 1);
      for (WardenClient::Event& event : warden->receive()) seen.push_back(std::move(event));
    }
    ADD_FAILURE() << "no event of kind " << static_cast<int>(kind);
    return {};
  }
  std::uint64_t shell(const std::string& script, int output = -1, std::vector<int> fds = {}) {
    return warden->spawn(
        {.program = "/bin/sh", .argv = {"sh", "-c", script}, .env = {"PATH=/usr/bin:/bin", "GIVEN=yes"}}, output, fds);
  }
};

std::string written(int fd) {
  char text[4096];
  const ssize_t size = ::pread(fd, text, sizeof text, 0);
  std::string all(text, size > 0 ? static_cast<std::size_t>(size) : 0);
  return all.substr(0, all.find('\0'));
}

bool gone(pid_t pid) { return ::kill(pid, 0) != 0; }

TEST(Warden, C07_ReportsExitCodesAndSignalsApart) {
  Watched watched;
  const std::uint64_t exits = watched.shell("exit 3");
  const WardenClient::Event spawned = watched.next(Kind::spawned);
  EXPECT_EQ(spawned.host, exits);
  EXPECT_TRUE(spawned.pidfd);
  const WardenClient::Event exited = watched.next(Kind::died);
  ASSERT_TRUE(WIFEXITED(exited.status));
  EXPECT_EQ(WEXITSTATUS(exited.status), 3);
  watched.shell("kill -SEGV $$");
  const WardenClient::Event crashed = watched.next(Kind::died);
  ASSERT_TRUE(WIFSIGNALED(crashed.status));
  EXPECT_EQ(WTERMSIG(crashed.status), SIGSEGV);
}

/// A child of this process that sleeps, as this very number; 0 if that cannot be had.
pid_t sleeper_as(pid_t wanted) {
  pid_t numbers[] = {wanted};
  clone_args how{};
  how.exit_signal = SIGCHLD;
  how.set_tid = reinterpret_cast<std::uint64_t>(numbers);
  how.set_tid_size = 1;
  const long child = ::syscall(SYS_clone3, &how, sizeof how);
  if (child == 0)
    for (;;) ::pause();
  return child > 0 ? static_cast<pid_t>(child) : 0;
}

TEST(Warden, C05_ASignalForADeadHostNeverHitsWhoHasItsNumberNow) {
  Watched watched;
  const std::uint64_t dead = watched.shell("exit 0");
  const WardenClient::Event spawned = watched.next(Kind::spawned);
  watched.next(Kind::died);
  const pid_t stranger = sleeper_as(spawned.pid);
  for (const int signal : {SIGTERM, SIGKILL}) watched.warden->signal(dead, signal);
  // The warden takes requests in their order: when it has done the next, it has done these.
  watched.shell("exit 0");
  watched.next(Kind::died);
  if (stranger == 0)
    GTEST_SKIP() << "no process can be given a number here; twin: C05_ASignalForADeadHostIsNotSentToItsDescriptor";
  EXPECT_EQ(::waitpid(stranger, nullptr, WNOHANG), 0) << "it was hit";
  ::kill(stranger, SIGKILL);
  ::waitpid(stranger, nullptr, 0);
}

TEST(Warden, C05_ASignalForADeadHostIsNotSentToItsDescriptor) {
  Watched watched;
  const std::uint64_t dead = watched.shell("exit 0");
  const WardenClient::Event spawned = watched.next(Kind::spawned);
  watched.next(Kind::died);
  EXPECT_EQ(::syscall(SYS_pidfd_send_signal, spawned.pidfd.get(), 0, nullptr, 0), -1)
      << "the descriptor stands for the dead, whoever has the number";
  EXPECT_EQ(errno, ESRCH);
  watched.warden->signal(dead, SIGKILL);
  const std::uint64_t next = watched.shell("exit 7");
  const WardenClient::Event died = watched.next(Kind::died);
  EXPECT_EQ(died.host, next);
  EXPECT_EQ(WEXITSTATUS(died.status), 7);
}

TEST(Warden, AfterAFarewellHostsEndByThemselvesAndTheWardenWithTheLast) {
  const Fd output = board::make_output(4096);
  std::vector<Fd> hosts;
  std::int64_t began = 0;
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  const Fd hears(ends[0]);
  Fd says(ends[1]);
  {
    Watched watched;
    watched.shell("echo waits; read line <&3; echo had its time", output.get(), {hears.get()});
    watched.shell("exec sleep 5000");
    for (int i = 0; i < 2; ++i) hosts.push_back(std::move(watched.next(Kind::spawned).pidfd));
    EXPECT_TRUE(test::eventually([&] { return written(output.get()) == "waits\n"; }));
    began = monotonic_ns();
    watched.warden->farewell();
    says.reset();
  }
  EXPECT_GE(monotonic_ns() - began, 500'000'000) << "who takes too long is killed then";
  EXPECT_EQ(written(output.get()), "waits\nhad its time\n");
  for (const Fd& host : hosts)
    EXPECT_EQ(::syscall(SYS_pidfd_send_signal, host.get(), 0, nullptr, 0), -1) << "a host is left";
}

TEST(Warden, C06_AProgramThatCannotBeStartedIsReportedWithItsReason) {
  Watched watched;
  const std::uint64_t host =
      watched.warden->spawn({.program = "/no/such/program", .argv = {"none"}, .env = {}}, -1, {});
  const WardenClient::Event failed = watched.next(Kind::failed);
  EXPECT_EQ(failed.host, host);
  EXPECT_THAT(failed.text, StartsWith("No such file or directory"));
}

TEST(Warden, AHostHasItsEnvironmentFolderDescriptorsGroupAndNoInput) {
  Watched watched;
  const Fd output = board::make_output(4096), third = board::make_blob("from three");
  watched.shell(
      "echo $GIVEN; pwd; cat /proc/self/fd/3; echo; cat; ls /proc/self/fd | tr '\\n' ' '; grep -E 'Sig(Blk|Ign)' "
      "/proc/self/status; ps -o pgid= -p $$ | tr -d ' '; echo $$",
      output.get(), {third.get()});
  const WardenClient::Event died = watched.next(Kind::died);
  EXPECT_EQ(died.status, 0);
  const std::string said = written(output.get());
  EXPECT_THAT(said, StartsWith("yes\n" + std::filesystem::current_path().string() + "\nfrom three\n"));
  EXPECT_THAT(said, HasSubstr("0 1 2 3 4 ")) << "4 is the listing itself: nothing else is open";
  EXPECT_THAT(said, HasSubstr("SigBlk:\t0000000000000000"));
  // 32 and 33 belong to the C library, which lets nobody change them.
  EXPECT_THAT(said, HasSubstr("SigIgn:\t0000000")) << said;
  EXPECT_THAT(said, testing::AnyOf(HasSubstr("SigIgn:\t0000000000000000"), HasSubstr("SigIgn:\t0000000180000000")));
}

/// An engine that starts many hosts at once does not read meanwhile.
TEST(Warden, W09_EachOfHundredsOfHostsIsToldOfHoweverLateItIsHeard) {
  constexpr std::uint64_t kHosts = 600;
  Watched watched;
  for (std::uint64_t host = 1; host <= kHosts; ++host) ASSERT_EQ(watched.shell("exit 0"), host);
  std::map<std::uint64_t, int> spawned, died;
  for (std::uint64_t i = 0; i < kHosts; ++i)
    ++spawned[watched.next(Kind::spawned).host], ++died[watched.next(Kind::died).host];
  EXPECT_EQ(spawned.size(), kHosts);
  EXPECT_EQ(died.size(), kHosts);
}

TEST(Warden, AScratchFolderIsEmptyAndGoneWithAllThatWasWrittenThere) {
  Watched watched{WardenClient::start(ROPEWALK_WARDEN, true).value(), {}};
  const Fd output = board::make_output(4096);
  watched.shell("pwd; ls -A; mkdir -p deep/er; echo x > deep/er/file", output.get());
  EXPECT_EQ(watched.next(Kind::died).status, 0);
  const std::string said = written(output.get());
  ASSERT_THAT(said, testing::EndsWith("\n")) << "a line, and nothing that lies there";
  const std::filesystem::path folder = said.substr(0, said.find('\n'));
  EXPECT_EQ(folder.string() + "\n", said);
  EXPECT_TRUE(std::filesystem::exists(folder / "deep" / "er" / "file"));
  watched.warden.reset();
  EXPECT_FALSE(std::filesystem::exists(folder));
}

TEST(Warden, C02_KillingAHostTakesItsDescendantsWhateverSessionTheyMade) {
  Watched watched;
  const Fd output = board::make_output(4096);
  const std::uint64_t host =
      watched.shell("setsid sh -c 'echo $$; exec sleep 5000' & sleep 5000 & echo ready; wait", output.get());
  watched.next(Kind::spawned);
  std::string said;
  EXPECT_TRUE(test::eventually([&] {
    said = written(output.get());
    return said.find("ready") != std::string::npos && said.find_first_of("0123456789") != std::string::npos;
  }));
  const auto daemon = static_cast<pid_t>(std::atoi(said.c_str() + said.find_first_of("0123456789")));
  ASSERT_GT(daemon, 1);
  ASSERT_FALSE(gone(daemon));
  watched.warden->signal(host, SIGKILL);
  EXPECT_EQ(watched.next(Kind::died).host, host);
  EXPECT_TRUE(gone(daemon)) << "nothing is left when the death is reported";
}

TEST(Warden, E01_WithoutItsEngineTheWardenLeavesNoProcess) {
  Watched watched;
  watched.shell("trap '' TERM INT HUP; while :; do sleep 5000; done");
  const pid_t host = watched.next(Kind::spawned).pid;
  ASSERT_FALSE(gone(host));
  watched.warden.reset();
  EXPECT_TRUE(gone(host));
}

TEST(Warden, AMissingWardenProgramIsAnErrorWithTheWayOut) {
  const auto started = WardenClient::start("/no/such/ropewalk-warden");
  ASSERT_FALSE(started);
  const Error error = started.error().list.at(0);
  EXPECT_EQ(error.code, codes::kNoWarden);
  EXPECT_EQ(error.message, "cannot start /no/such/ropewalk-warden: No such file or directory");
}

TEST(Warden, AnEnvironmentLargerThanAMessageArrivesWhole) {
  Watched watched;
  const Fd output = board::make_output(4096);
  std::vector<std::string> environment{"PATH=/usr/bin:/bin"};
  for (int i = 0; i < 40; ++i) environment.push_back("LARGE" + std::to_string(i) + "=" + std::string(10'000, 'x'));
  watched.warden->spawn({.program = "/bin/sh", .argv = {"sh", "-c", "env | wc -c"}, .env = environment}, output.get(),
                        {});
  EXPECT_EQ(watched.next(Kind::died).status, 0);
  EXPECT_GT(std::atoi(written(output.get()).c_str()), 400'000);
}

}  // namespace
}  // namespace ropewalk
