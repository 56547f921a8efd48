// What tasks leave behind is seen while there is still room. In a child with a small limit of descriptors.

#include "host/wear.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <memory>

namespace ropewalk::host {
namespace {

/// What `body` returns, in a child that may have 256 descriptors and has 20.
int in_child(const std::function<int()>& body) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(60);
    ::close_range(3, ~0u, 0);
    const rlimit limit{.rlim_cur = 256, .rlim_max = 256};
    ::setrlimit(RLIMIT_NOFILE, &limit);
    while (::open("/dev/null", O_RDONLY) < 19) {
    }
    ::_exit(body());
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void leak(int count) {
  for (int i = 0; i < count; ++i) (void)::open("/dev/null", O_RDONLY);
}

TEST(Wear, R14_IsFoundWhenHalfOfTheRoomIsUsedUpAndThenWhenHalfOfTheRestIs) {
  EXPECT_EQ(in_child([] {
              Wear wear(0, true);
              if (wear.look(0)) return 1;
              leak(117);  // of 236 that are free
              if (wear.look(0)) return 2;
              leak(1);
              const auto found = wear.look(0);
              if (!found || found->by != board::WornBy::descriptors || found->used != 138 || found->limit != 256)
                return 3;
              if (found->text != "138 of 256 descriptors are open") return 4;
              if (wear.look(0)) return 5;
              leak(59);
              return wear.look(0) ? 0 : 6;
            }),
            0);
}

TEST(Wear, R14_WhatTheFirstTaskKeepsOpenIsNoLeakUnlessLittleIsLeft) {
  EXPECT_EQ(in_child([] {
              leak(150);
              Wear wear(0, true);
              if (wear.look(0)) return 1;
              leak(20);
              return wear.look(0) ? 2 : 0;
            }),
            0);
  EXPECT_EQ(in_child([] {
              leak(172);
              return Wear(0, true).look(0) ? 0 : 1;
            }),
            0);
}

TEST(Wear, R08_IsFoundWhereNoDescriptorIsLeftAtAll) {
  EXPECT_EQ(in_child([] {
              leak(300);
              const auto found = Wear(0, true).look(0);
              return found && found->used == 256 ? 0 : 1;
            }),
            0);
}

TEST(Wear, R15_MemoryCountsOnlyWhereItIsLimited) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "a sanitizer keeps its own memory";
#endif
  constexpr std::uint64_t kMiB = 1 << 20;
  Wear held(256 * kMiB, false), free(0, false);
  EXPECT_FALSE(held.look(0));
  EXPECT_FALSE(free.look(0));
  const auto block = std::make_unique<char[]>(160 * kMiB);  // written to, as it is zeroed
  const auto found = held.look(0);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->by, board::WornBy::memory);
  EXPECT_GE(found->used, 160 * kMiB);
  EXPECT_TRUE(found->text.ends_with(" MiB of 256 MiB of memory are in use")) << found->text;
  EXPECT_FALSE(free.look(0));
}

}  // namespace
}  // namespace ropewalk::host
