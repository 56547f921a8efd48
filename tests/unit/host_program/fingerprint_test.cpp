// What a careless task leaves changed in its process is seen. Each change is made in a child of its own.

#include "host/fingerprint.hpp"
#include "support/patience.hpp"

#include <gmock/gmock.h>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cfenv>
#include <clocale>
#include <cstdlib>
#include <functional>
#include <thread>

namespace ropewalk::host {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

constexpr int kOwn = 200, kOther = 201;

/// What is said of a process in which that was done.
std::string drift_after(const std::function<void()>& deed) {
  int channel[2];
  if (::pipe(channel) != 0) return "no pipe";
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(static_cast<unsigned>(test::kPatience.count()));
    ::umask(022);
    const int null = ::open("/dev/null", O_RDONLY);
    ::dup2(null, kOwn);
    ::dup2(channel[1], kOther);
    ::close_range(3, kOwn - 1, 0);  // no gaps, whatever the tests were started with
    const int own[] = {kOwn, STDERR_FILENO};
    const Fingerprint first = Fingerprint::take(own, true);
    deed();
    const std::string text = first.drift(Fingerprint::take(own)).text;
    ::_exit(::write(kOther, text.data(), text.size()) == static_cast<ssize_t>(text.size()) ? 0 : 1);
  }
  ::close(channel[1]);
  std::string text;
  char part[512];
  for (ssize_t size; (size = ::read(channel[0], part, sizeof part)) > 0;)
    text.append(part, static_cast<std::size_t>(size));
  ::close(channel[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  return status == 0 ? text : "the child died";
}

void lower(__rlimit_resource resource) {
  rlimit limit{};
  ::getrlimit(resource, &limit);
  limit.rlim_cur = 1000;
  ::setrlimit(resource, &limit);
}

TEST(Fingerprint, P09_AProcessThatNobodyChangedHasNotDrifted) {
  EXPECT_THAT(drift_after([] {}), IsEmpty());
  EXPECT_THAT(drift_after([] {
                ::close(::open("/dev/null", O_RDONLY));
                std::thread([] {}).join();
                ::setenv("HOME", std::string(::getenv("HOME") == nullptr ? "" : ::getenv("HOME")).c_str(), 0);
              }),
              testing::AnyOf(IsEmpty(), HasSubstr("HOME")));
}

TEST(Fingerprint, P09_TheWorkingDirectory) {
  EXPECT_EQ(drift_after([] { EXPECT_EQ(::chdir("/proc"), 0); }), "its working directory is /proc");
}
TEST(Fingerprint, P09_TheUmask) {
  EXPECT_EQ(drift_after([] { ::umask(0); }), "its umask is 000, at first 022");
}
TEST(Fingerprint, P09_TheUmaskWithThreads) {
  EXPECT_EQ(drift_after([] {
              for (int i = 0; i < 4; ++i)
                std::thread([] {
                  for (;;) ::pause();
                }).detach();
              ::umask(027);
            }),
            "its umask is 027, at first 022");
}
TEST(Fingerprint, P09_TheLocale) {
  EXPECT_EQ(drift_after([] { std::setlocale(LC_NUMERIC, "C.UTF-8"); }).substr(0, 13), "its locale is");
  EXPECT_EQ(drift_after([] { ::uselocale(::newlocale(LC_ALL_MASK, "C", nullptr)); }),
            "its worker has a locale of its own");
}
TEST(Fingerprint, P09_TheEnvironment) {
  EXPECT_EQ(drift_after([] { ::setenv("ROPEWALK_TEST_DRIFT", "1", 1); }),
            "its environment has changed (ROPEWALK_TEST_DRIFT)");
  static char text[] = "ROPEWALK_TEST_PUT=1";
  EXPECT_EQ(drift_after([] { ::putenv(text); }), "its environment has changed (ROPEWALK_TEST_PUT)");
  EXPECT_EQ(drift_after([] { ::unsetenv("PATH"); }), "its environment has changed (PATH)");
}
TEST(Fingerprint, P08_TheSignalMask) {
  EXPECT_EQ(drift_after([] {
              sigset_t all;
              ::sigfillset(&all);
              ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
            }),
            "its worker blocks other signals");
}
TEST(Fingerprint, P08_SignalDispositions) {
  EXPECT_EQ(drift_after([] { ::signal(SIGTERM, SIG_IGN), ::signal(SIGCHLD, SIG_IGN); }),
            "SIGTERM is ignored; SIGCHLD is ignored");
  EXPECT_EQ(drift_after([] { ::signal(SIGSEGV, [](int) {}); }), "SIGSEGV has another handler");
}
TEST(Fingerprint, P09_ClosedDescriptorsOfTheHost) {
  EXPECT_EQ(drift_after([] { ::close(kOwn); }), "descriptors of its host are closed or replaced");
}
TEST(Fingerprint, P09_ReplacedDescriptorsOfTheHost) {
  EXPECT_EQ(drift_after([] { ::dup2(kOther, kOwn); }), "descriptors of its host are closed or replaced");
}
TEST(Fingerprint, P09_ResourceLimits) {
  EXPECT_EQ(drift_after([] { lower(RLIMIT_FSIZE); }), "its RLIMIT_FSIZE has changed");
}
TEST(Fingerprint, P09_ThePriority) {
  constexpr int kLowest = 19;
  if (::getpriority(PRIO_PROCESS, 0) >= kLowest) GTEST_SKIP() << "a process of the lowest priority cannot lower it";
  EXPECT_THAT(drift_after([] { EXPECT_NE(::nice(3), -1); }), HasSubstr("its priority is "));
}
TEST(Fingerprint, P09_TheFloatingPointMode) {
  EXPECT_EQ(drift_after([] { std::fesetround(FE_UPWARD); }), "its floating-point mode has changed");
}

TEST(Fingerprint, R14_DescriptorsThatAreLeftOpenBeyondWhatALibraryMayNeed) {
  const auto leak = [](std::size_t count) {
    return [count] {
      for (std::size_t i = 0; i < count; ++i) EXPECT_GE(::open("/dev/null", O_RDONLY | O_CLOEXEC), 0);
    };
  };
  EXPECT_THAT(drift_after(leak(kMoreDescriptors)), IsEmpty());
  EXPECT_THAT(drift_after(leak(kMoreDescriptors + 1)),
              testing::MatchesRegex("[0-9]+ descriptors are open, at first [0-9]+"));
}
TEST(Fingerprint, R14_ATableWithoutADescriptorLeft) {
  EXPECT_THAT(drift_after([] {
                while (::open("/dev/null", O_RDONLY | O_CLOEXEC) >= 0) {
                }
              }),
              HasSubstr("descriptors are open"));
}
TEST(Fingerprint, P11_ThreadsThatAreLeftRunning) {
  const auto leak = [](std::size_t count) {
    return [count] {
      for (std::size_t i = 0; i < count; ++i)
        std::thread([] {
          for (;;) ::pause();
        }).detach();
    };
  };
  EXPECT_THAT(drift_after(leak(kMoreThreads)), IsEmpty());
  EXPECT_EQ(drift_after(leak(kMoreThreads + 1)), "10 threads run, at first 1");
}
TEST(Fingerprint, P11_WhatTheFirstTaskNeedsForGoodIsNoDrift) {
  const int own[] = {STDERR_FILENO};
  Fingerprint first = Fingerprint::take(own, true);
  std::atomic<bool> over = false;
  std::vector<std::thread> pool;
  for (std::size_t i = 0; i < kMoreThreads + 4; ++i) pool.emplace_back([&] { over.wait(false); });
  const Fingerprint now = Fingerprint::take(own);
  EXPECT_THAT(first.drift(now).text, HasSubstr("threads run"));
  first.allow_growth(now);
  EXPECT_THAT(first.drift(now).text, IsEmpty());
  over = true, over.notify_all();
  for (std::thread& thread : pool) thread.join();
}

TEST(Fingerprint, SaysWhichKindsHaveChangedAndOfThoseThatAreKnownNothing) {
  const int own[] = {STDERR_FILENO};
  const Fingerprint first = Fingerprint::take(own, true);
  ::setenv("ROPEWALK_TEST_HAS_CHANGED", "1", 1);
  const mode_t before = ::umask(0123);
  const Fingerprint now = Fingerprint::take(own);
  ::umask(before);
  ::unsetenv("ROPEWALK_TEST_HAS_CHANGED");
  const std::uint32_t umask_bit = board::bit(board::DriftKind::umask),
                      environment = board::bit(board::DriftKind::environment);
  EXPECT_EQ(first.drift(now).kinds, umask_bit | environment);
  EXPECT_EQ(first.drift(now, environment).kinds, umask_bit);
  EXPECT_THAT(first.drift(now, environment).text, HasSubstr("its umask is 123"));
  EXPECT_THAT(first.drift(now, umask_bit | environment).text, IsEmpty());
}

}  // namespace
}  // namespace ropewalk::host
