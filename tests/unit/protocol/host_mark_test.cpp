#include "protocol/host_mark.hpp"

#include <gtest/gtest.h>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <string>

namespace ropewalk {
namespace {

/// Runs `body` in a child, because marks cannot be taken off again, and returns what it returns.
int in_child(const std::function<int()>& body) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(body());
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int number(const std::optional<std::uint64_t>& host) { return host ? static_cast<int>(*host) : 0; }

TEST(HostMark, ReachesEveryDescendantAlsoThroughASessionAndAnEmptyEnvironment) {
  const HostMark mark = HostMark::below();
  EXPECT_EQ(mark.of(::getpid()), std::nullopt);
  EXPECT_EQ(in_child([&] {
              if (!mark.put(7)) return 1;
              return in_child([&] {
                ::setsid();
                int channel[2];
                if (::pipe(channel) != 0) return 2;
                const pid_t program = ::fork();
                if (program == 0) {
                  ::dup2(channel[1], STDOUT_FILENO);
                  char* const nothing[] = {nullptr};
                  ::execle("/bin/sh", "sh", "-c", "echo; exec sleep 1000", nullptr, nothing);
                  ::_exit(127);
                }
                char byte = 0;
                const bool started = ::read(channel[0], &byte, 1) == 1;
                const int host = started ? number(mark.of(program)) : 3;
                ::kill(program, SIGKILL);
                return host;
              });
            }),
            7);
}

TEST(HostMark, CanBeReadUntilAProcessIsReaped) {
  const HostMark mark = HostMark::below();
  const pid_t child = ::fork();
  if (child == 0) ::_exit(mark.put(9) ? 0 : 1);
  siginfo_t ended{};
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(child), &ended, WEXITED | WNOWAIT), 0);
  EXPECT_EQ(mark.of(child), std::optional<std::uint64_t>(9));
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  EXPECT_EQ(mark.of(child), std::nullopt);
}

TEST(HostMark, AForkedHostReplacesTheMarkOfItsZygote) {
  const HostMark mark = HostMark::below();
  EXPECT_EQ(in_child([&] {
              if (!mark.put(5)) return 1;
              return in_child([&] { return HostMark::beside().put(6) ? number(mark.of(::getpid())) : 2; });
            }),
            6);
}

TEST(HostMark, AnEngineInATaskMarksItsHostsWithoutHidingWhoseTaskItIs) {
  const HostMark outer = HostMark::below();
  EXPECT_EQ(in_child([&] {
              if (!outer.put(5)) return 1;
              const HostMark inner = HostMark::below();
              if (inner.of(::getpid())) return 2;
              return in_child([&] {
                if (!inner.put(30) || number(outer.of(::getpid())) != 5 || number(inner.of(::getpid())) != 30) return 3;
                // A zygote of the inner engine.
                if (!HostMark::beside().put(31) || number(outer.of(::getpid())) != 5) return 4;
                return number(inner.of(::getpid()));
              });
            }),
            31);
}

TEST(HostMark, IsRefusedWhereTheUsersLimitLeavesNoRoom) {
  EXPECT_EQ(in_child([] {
              const rlimit small{.rlim_cur = 1000, .rlim_max = 1000};
              if (::setrlimit(RLIMIT_LOCKS, &small) != 0) return 1;
              const HostMark mark = HostMark::below();
              if (mark.put(1) || mark.of(::getpid()) || HostMark::beside().put(1)) return 2;
              rlimit now{};
              return ::getrlimit(RLIMIT_LOCKS, &now) == 0 && now.rlim_max == 1000 ? 0 : 3;
            }),
            0);
}

TEST(HostMark, IsRefusedForANumberThatDoesNotFit) {
  const HostMark mark = HostMark::below();
  EXPECT_FALSE(mark.put(0));
  EXPECT_FALSE(mark.put(std::uint64_t{1} << 31));
}

}  // namespace
}  // namespace ropewalk
