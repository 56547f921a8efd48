#include "base/file_text.hpp"
#include "support/scratch.hpp"

#include <gtest/gtest.h>

namespace ropewalk {
namespace {

TEST(FileText, IsAllOfTheFile) {
  const test::Scratch folder;
  const std::string long_text(10000, 'x');
  EXPECT_EQ(file_text(folder.write("long", long_text)), long_text);
  EXPECT_EQ(file_text(folder.write("empty", "")), "");
}

TEST(FileText, OfAFileOfTheKernelIsWhatItSaysNow) {
  const auto text = file_text("/proc/self/status");
  ASSERT_TRUE(text);
  EXPECT_NE(text->find("Pid:"), std::string::npos);
}

TEST(FileText, OfAFolderOrAMissingFileIsNothing) {
  const test::Scratch folder;
  EXPECT_FALSE(file_text(folder.path()));
  EXPECT_FALSE(file_text(folder / "none"));
}

/// As cgroup.procs of a group that was removed since it was opened.
TEST(FileText, OfAFileThatCannotBeReadIsNothing) { EXPECT_FALSE(file_text("/proc/self/mem")); }

}  // namespace
}  // namespace ropewalk
