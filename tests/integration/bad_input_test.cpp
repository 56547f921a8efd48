// Files that are no workflows: one clear message with its place, exit code 3, at once.

#include "program.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/stat.h>

namespace ropewalk::test {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

void expect_refused(const std::string& path) {
  const Ended ended = ropewalk({"run", path});
  EXPECT_EQ(ended.exit_code, 3) << ended.err;
  EXPECT_THAT(ended.err, StartsWith(path + ":"));
  EXPECT_THAT(ended.err, HasSubstr("error[W1"));
  EXPECT_EQ(ended.out, "");
  EXPECT_LT(ended.seconds, 30);
}

TEST(BadInput, E07_AMissingFile) { expect_refused("/no/such/file.yaml"); }

TEST(BadInput, E07_AFolder) {
  const Folder folder;
  expect_refused(folder.path("."));
}

TEST(BadInput, E07_AFifoWithoutAWriter) {
  const Folder folder;
  ASSERT_EQ(::mkfifo(folder.path("fifo").c_str(), 0600), 0);
  expect_refused(folder.path("fifo"));
}

TEST(BadInput, AnEmptyFile) {
  const Folder folder;
  expect_refused(folder.file("empty.yaml", ""));
}

TEST(BadInput, TenMegabytes) {
  const Folder folder;
  expect_refused(folder.file("large.yaml", std::string(10 << 20, '#')));
}

TEST(BadInput, Y02_ACyclicAlias) {
  const Folder folder;
  expect_refused(folder.file("cycle.yaml", "ropewalk: 1\nname: a\nstages: &x [*x]\n"));
}

}  // namespace
}  // namespace ropewalk::test
