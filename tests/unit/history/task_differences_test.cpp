#include "history/task_differences.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>

namespace ropewalk {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct TaskDifferences : testing::Test {
  TaskDifferences() {
    ::setenv("TZ", "UTC", 1);
    ::tzset();
    before.stage = {.task = "file.checksum",
                    .plugin = "file",
                    .plugin_version = "1.2.0",
                    .plugin_path = "/lib/file.so",
                    .plugin_identity = "aa"};
    before.parameters = {{"path", "\"a.txt\""}, {"width", "80"}};
    before.files = {{.attempt = 1, .path = "a.txt", .size = 12, .mtime_ns = 1'795'953'791'000'000'000, .hash = 0xab},
                    {.attempt = 1, .role = FileRole::writes, .path = "b.txt", .size = 1, .mtime_ns = 0}};
    after = before;
  }
  AttemptInputs before, after;
};

TEST_F(TaskDifferences, OfTheSameInputsAreNone) {
  after.files[1].mtime_ns = 5;  // it was written again
  EXPECT_THAT(differences(before, after), IsEmpty());
}

TEST_F(TaskDifferences, HaveBothValues) {
  after.parameters = {{"width", "90"}, {"height", "2"}};
  after.stage.plugin_version = "1.3.0";
  after.stage.plugin_identity = "bb";
  after.stage.task = "file.write";
  EXPECT_THAT(differences(before, after),
              ElementsAre("task: file.checksum -> file.write",
                          "plugin: file 1.2.0 (/lib/file.so, identity aa) -> file 1.3.0 (/lib/file.so, identity bb)",
                          "path: \"a.txt\" -> not given", "width: 80 -> 90", "height: not given -> 2"));
}

TEST_F(TaskDifferences, NameFilesWithSizeTimeAndContent) {
  after.files[0].size = 14;
  after.files[0].hash = 0xcd;
  before.files[1].size.reset();
  EXPECT_THAT(
      differences(before, after),
      ElementsAre("file 'a.txt' (reads): 12 bytes of 2026-11-29 12:03:11, content 00000000000000ab -> 14 bytes of "
                  "2026-11-29 12:03:11, content 00000000000000cd",
                  "file 'b.txt' (writes): not there -> 1 byte of 1970-01-01 00:00:00"));
}

TEST_F(TaskDifferences, SayWhyParametersCannotBeCompared) {
  before.problem = "a secret is not given";
  EXPECT_THAT(differences(before, after), ElementsAre("parameters cannot be compared: a secret is not given"));
}

}  // namespace
}  // namespace ropewalk
