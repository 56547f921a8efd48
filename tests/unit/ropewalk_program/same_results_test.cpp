#include "same_results.hpp"

#include <gtest/gtest.h>

namespace ropewalk::cli {
namespace {

constexpr const char* kFirst =
    "{\"stage\": \"a\", \"index\": 0, \"value\": {\"x\": 1}}\n{\"stage\": \"a\", \"index\": 1, \"value\": {\"x\": "
    "2}}\n";

void tell(SameResults& same, const std::string& mode, std::string_view text) {
  same.begin(mode);
  // In pieces that end anywhere.
  for (std::size_t at = 0; at < text.size(); at += 7) same.write(text.substr(at, 7));
  same.end();
}

TEST(SameResults, FindNoDifferenceInTheSameBytes) {
  SameResults same;
  for (const char* mode : {"serial", "thread x2", "process x2"}) tell(same, mode, kFirst);
  EXPECT_EQ(same.difference(), "");
}

TEST(SameResults, NameStageAndTaskWithBothValues) {
  SameResults same;
  tell(same, "serial", kFirst);
  tell(same, "thread x2",
       "{\"stage\": \"a\", \"index\": 0, \"value\": {\"x\": 1}}\n"
       "{\"stage\": \"a\", \"index\": 1, \"outcome\": \"failed\", \"message\": \"no\"}\n");
  EXPECT_EQ(same.difference(), "stage 'a', task 1: {\"x\":2} with serial, and failed: no with thread x2");
}

TEST(SameResults, CountTasksThatAreMissing) {
  SameResults same;
  tell(same, "serial", kFirst);
  tell(same, "thread x2", "{\"stage\": \"a\", \"index\": 0, \"value\": {\"x\": 1}}\n");
  EXPECT_EQ(same.difference(), "2 tasks with serial, and 1 task with thread x2");
}

}  // namespace
}  // namespace ropewalk::cli
