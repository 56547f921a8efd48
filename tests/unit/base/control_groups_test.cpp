#include "base/control_groups.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ropewalk {
namespace {

using testing::IsEmpty;

TEST(ControlGroups, OfBothVersionsAreRead) {
  const std::vector<ControlGroup> groups = control_groups("5:cpu,cpuacct:/x\n0::/user.slice/a:b\n");
  ASSERT_EQ(groups.size(), 2u);
  EXPECT_EQ(groups[0].version(), 1);
  EXPECT_EQ(groups[0].path, "/x");
  EXPECT_EQ(groups[1].version(), 2);
  EXPECT_EQ(groups[1].path, "/user.slice/a:b");
}

TEST(ControlGroups, OfVersionOneControlWhatTheyListAndThoseOfVersionTwoEverything) {
  const ControlGroup one{.controllers = "cpu,cpuacct", .path = "/"}, two{.controllers = "", .path = "/"};
  EXPECT_TRUE(one.controls("cpu"));
  EXPECT_TRUE(one.controls("cpuacct"));
  EXPECT_FALSE(one.controls("cpuset"));
  EXPECT_TRUE(two.controls("memory"));
}

TEST(ControlGroups, LinesOfAnotherFormAreLeftOut) { EXPECT_THAT(control_groups("nonsense\n4:memory\n\n"), IsEmpty()); }

TEST(ControlGroups, TheFoldersThatLimitThisProcessAreBelowTheUsualMountPoint) {
  for (const GroupFolder& folder : limiting_groups("memory"))
    EXPECT_TRUE(folder.path.native().starts_with("/sys/fs/cgroup")) << folder.path;
}

}  // namespace
}  // namespace ropewalk
