#include "faults/fail_at.hpp"

#include <gtest/gtest.h>

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#if ROPEWALK_FAILPOINTS

namespace ropewalk {
namespace {

using test::FailAt;
using Here = test::FailAt::Here;

TEST(Failpoint, WithoutAnEnvironmentNothingHappens) {
  EXPECT_FALSE(failpoint::enabled);
  EXPECT_EQ(ROPEWALK_FAILPOINT("some.place"), 0);
}

TEST(Failpoint, FailsAtTheNamedHitOnly) {
  const FailAt points("one=err:ENOSPC@2,two=err:EIO,three=err:EMFILE@2+", Here::yes);
  EXPECT_EQ(ROPEWALK_FAILPOINT("one"), 0);
  EXPECT_EQ(ROPEWALK_FAILPOINT("one"), ENOSPC);
  EXPECT_EQ(errno, ENOSPC);
  EXPECT_EQ(ROPEWALK_FAILPOINT("one"), 0);
  EXPECT_EQ(ROPEWALK_FAILPOINT("two"), EIO);
  EXPECT_EQ(ROPEWALK_FAILPOINT("two"), EIO);
  EXPECT_EQ(ROPEWALK_FAILPOINT("three"), 0);
  EXPECT_EQ(ROPEWALK_FAILPOINT("three"), EMFILE);
  EXPECT_EQ(ROPEWALK_FAILPOINT("three"), EMFILE);
  EXPECT_EQ(ROPEWALK_FAILPOINT("four"), 0);
}

/// Returns how a child ended that hit the failpoint `times` times.
int child_that_hits(const char* name, int times) {
  const pid_t child = ::fork();
  if (child == 0) {
    for (int i = 0; i < times; ++i) (void)ROPEWALK_FAILPOINT(name);
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

TEST(Failpoint, CountsAreSharedByAllProcesses) {
  const FailAt points("place=kill@3", Here::yes);
  EXPECT_EQ(child_that_hits("place", 2), 0);
  EXPECT_EQ(child_that_hits("place", 2), SIGKILL);
  EXPECT_EQ(child_that_hits("place", 9), 0) << "the third hit has been";
}

TEST(Failpoint, AMisspeltFailpointEndsTheProgram) {
  for (const char* text : {"nothing", "a=die", "a=kill@0", "a=kill@x", "a=sleep:3", "a=err:ENOTHING", "=kill"}) {
    ::setenv("ROPEWALK_FAILPOINTS", text, 1);
    EXPECT_EXIT(failpoint::read_environment(), testing::ExitedWithCode(2), "ROPEWALK_FAILPOINTS") << text;
  }
  ::unsetenv("ROPEWALK_FAILPOINTS");
}

}  // namespace
}  // namespace ropewalk

#endif
