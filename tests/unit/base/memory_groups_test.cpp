#include "faults/fail_at.hpp"
#include "base/memory_groups.hpp"
#include "support/patience.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <cstring>
#include <string>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

namespace ropewalk {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const std::string kVersionOne =
    "31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755\n"
    "32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu\n"
    "35 31 0:32 / /sys/fs/cgroup/memory rw,relatime shared:9 - cgroup cgroup rw,memory\n"
    "41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw\n";
const std::string kVersionTwo = "30 22 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n";

TEST(MemoryGroupFolders, AreThisProcessesOwnInVersionOne) {
  EXPECT_THAT(memory_group_folders("5:cpu:/x\n4:memory:/user/me\n", kVersionOne),
              ElementsAre(GroupFolder{"/sys/fs/cgroup/memory/user/me", 1}));
  EXPECT_THAT(memory_group_folders("4:memory:/\n0::/\n", kVersionOne),
              ElementsAre(GroupFolder{"/sys/fs/cgroup/memory", 1}, GroupFolder{"/sys/fs/cgroup/unified", 2}));
}

TEST(MemoryGroupFolders, InVersionTwoBeginAboveAGroupThatHasProcesses) {
  EXPECT_THAT(memory_group_folders("0::/user.slice/app.slice/run.scope\n", kVersionTwo),
              ElementsAre(GroupFolder{"/sys/fs/cgroup/user.slice/app.slice", 2},
                          GroupFolder{"/sys/fs/cgroup/user.slice/app.slice/run.scope", 2}));
  EXPECT_THAT(memory_group_folders("0::/\n", kVersionTwo), ElementsAre(GroupFolder{"/sys/fs/cgroup", 2}));
}

TEST(MemoryGroupFolders, AreThoseThatTheMountShows) {
  const std::string inside = "35 31 0:32 /box/7 /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n";
  EXPECT_THAT(memory_group_folders("4:memory:/box/7/mine\n", inside),
              ElementsAre(GroupFolder{"/sys/fs/cgroup/memory/mine", 1}));
  EXPECT_THAT(memory_group_folders("4:memory:/other\n", inside), IsEmpty());
  EXPECT_THAT(memory_group_folders("4:memory:/x\n0::/y\n", ""), IsEmpty());
  EXPECT_THAT(memory_group_folders("nonsense\n::\n4:memory\n", kVersionOne), IsEmpty());
}

constexpr std::size_t kLimit = 16 << 20;

/// Touches shared memory in the group, which no rlimit counts.
int touch(const MemoryGroup& group, std::size_t bytes) {
  const pid_t child = ::fork();
  if (child == 0) {
    if (::write(group.door(), "0", 1) != 1) ::_exit(2);
    void* memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    std::memset(memory, 1, bytes);
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return status;
}

TEST(MemoryGroup, KillsAProcessBeyondItsLimitAndCountsIt) {
  MemoryGroups groups;
  const auto group = groups.make(kLimit);
  if (!group) GTEST_SKIP() << "no memory group can be made here; twin: MemoryGroup.IsNullIfNoGroupCanBeCreated";
  EXPECT_EQ(touch(*group, kLimit / 2), 0) << "below it";
  EXPECT_EQ(group->kills(), 0u);
  const int status = touch(*group, kLimit * 4);
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(WTERMSIG(status), SIGKILL);
  EXPECT_EQ(group->kills(), 1u);
}

TEST(MemoryGroup, IsNullIfNoGroupCanBeCreated) {
  const test::FailAt nowhere("memory_groups.find=err:EACCES", test::FailAt::Here::yes);
  MemoryGroups groups;
  EXPECT_EQ(groups.make(kLimit), nullptr);
  EXPECT_TRUE(groups.folder().empty());
}

TEST(MemoryGroup, IsRemovedWithItsHostAndTheFolderWithTheLastGroup) {
  std::filesystem::path folder;
  {
    MemoryGroups groups;
    auto group = groups.make(kLimit);
    if (!group) GTEST_SKIP() << "no memory group can be made here";
    folder = groups.folder();
    EXPECT_TRUE(std::filesystem::exists(folder / "1"));
    group.reset();
    EXPECT_FALSE(std::filesystem::exists(folder / "1"));
  }
  EXPECT_FALSE(std::filesystem::exists(folder));
}

TEST(MemoryGroup, TheNextEngineSweepsTheGroupsOfAKilledEngineAndKillsTheirProcesses) {
  MemoryGroups groups;
  if (!groups.make(kLimit)) GTEST_SKIP() << "no memory group can be made here";
  int channel[2];
  ASSERT_EQ(::pipe(channel), 0);
  const pid_t engine = ::fork();
  if (engine == 0) {
    MemoryGroups* left = new MemoryGroups;
    const MemoryGroup* group = left->make(kLimit).release();
    const pid_t stray = ::fork();
    if (stray == 0) {
      (void)!::write(group->door(), "0", 1);
      const std::string folder = left->folder().string() + "\n" + std::to_string(::getpid()) + "\n";
      (void)!::write(channel[1], folder.data(), folder.size());
      for (;;) ::pause();
    }
    for (;;) ::pause();
  }
  char text[4096];
  const ssize_t size = ::read(channel[0], text, sizeof text);
  ASSERT_GT(size, 0);
  const std::string told(text, static_cast<std::size_t>(size));
  const std::filesystem::path folder = told.substr(0, told.find('\n'));
  const pid_t stray = std::stoi(told.substr(told.find('\n') + 1));
  {
    MemoryGroups other;
    other.make(kLimit);
    EXPECT_TRUE(std::filesystem::exists(folder)) << "its engine lives";
  }
  ::kill(engine, SIGKILL);
  ::waitpid(engine, nullptr, 0);
  MemoryGroups next;
  next.make(kLimit);
  EXPECT_FALSE(std::filesystem::exists(folder));
  // The parent is dead. The process's new parent reaps it, perhaps with a delay.
  EXPECT_TRUE(test::eventually([&] {
    std::error_code gone;
    return std::filesystem::read_symlink("/proc/" + std::to_string(stray) + "/exe", gone).empty();
  }));
  ::close(channel[0]);
  ::close(channel[1]);
}

}  // namespace
}  // namespace ropewalk
