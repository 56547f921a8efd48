// Files that are not workflows: one clear message with its place, exit code 3, immediately.

#include "program.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/stat.h>

namespace ropewalk::test {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

void expect_refused(const std::string& path) {
  const ProgramEnd ended = ropewalk({"run", path});
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

/// `ropewalk map sim.echo OPTIONS` from a shell that has closed some of its descriptors.
ProgramEnd with_closed(const std::string& redirections, const std::string& options) {
  return Program(
             {"/bin/sh", "-c", "exec \"$0\" map sim.echo -q " + options + " " + redirections, ropewalk_words({})[0]})
      .wait();
}

TEST(BadInput, ClosedStandardDescriptorsAreNeverReusedForFiles) {
  const ProgramEnd out = with_closed(">&-", "--with value=1");
  EXPECT_EQ(out.exit_code, 74);
  EXPECT_EQ(out.err, "ropewalk: cannot write to stdout: Bad file descriptor\n");
  const ProgramEnd in = with_closed("<&-", "--lines - --with value={}");
  EXPECT_EQ(in.exit_code, 1);
  EXPECT_NE(in.err.find("cannot read lines from 'stdin': Bad file descriptor"), std::string::npos) << in.err;
  const ProgramEnd all = with_closed("<&- >&- 2>&-", "--with value=1");
  EXPECT_EQ(all.exit_code, 74);
  EXPECT_EQ(all.err, "");
  EXPECT_EQ(with_closed("2>&-", "--with value=1").out, "{\"value\": 1}\n");
}

}  // namespace
}  // namespace ropewalk::test
