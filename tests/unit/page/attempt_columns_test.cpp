#include "page/attempt_columns.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ropewalk::page {
namespace {

using testing::ElementsAre;

std::string bytes_of(std::uint64_t number) {
  std::string bytes;
  append_number(bytes, number);
  return bytes;
}

TEST(AttemptColumns, NumbersAreWrittenSevenBitsAByte) {
  EXPECT_EQ(bytes_of(0), std::string(1, '\0'));
  EXPECT_EQ(bytes_of(127), "\x7f");
  EXPECT_EQ(bytes_of(128), "\x80\x01");
  EXPECT_EQ(bytes_of(300), "\xac\x02");
  EXPECT_EQ(bytes_of(std::uint64_t{1} << 53), "\x80\x80\x80\x80\x80\x80\x80\x10");
}

TEST(AttemptColumns, SmallNegativeNumbersStaySmall) {
  EXPECT_EQ(zigzag(0), 0u);
  EXPECT_EQ(zigzag(-1), 1u);
  EXPECT_EQ(zigzag(1), 2u);
  EXPECT_EQ(zigzag(-2), 3u);
  EXPECT_EQ(zigzag(-3'000'000'000), 5'999'999'999u);
}

TEST(AttemptColumns, HoldDifferencesAndAttemptsShareTheirKinds) {
  const std::vector<Attempt> attempts{
      {.start_ns = 1, .run_ns = 5, .cpu_ns = 4, .index = 2, .stage = 0, .session = 1, .attempt = 1, .last = true},
      {.start_ns = 3, .run_ns = 6, .cpu_ns = 0, .index = 7, .stage = 1, .session = 1, .attempt = 1, .lane = 1},
      {.start_ns = 3, .run_ns = 7, .cpu_ns = -1, .index = 1, .stage = 0, .session = 1, .attempt = 1, .last = true}};
  const AttemptColumns columns = columns_of(attempts);
  EXPECT_EQ(columns.start, "AQIA");  // 1, 2, 0
  EXPECT_EQ(columns.run, "BQYH");    // 5, 6, 7
  EXPECT_EQ(columns.cpu, "BAAA");    // 4, 0, 0
  EXPECT_EQ(columns.lane, "AAEA");   // 0, 1, 0
  EXPECT_EQ(columns.kind, "AAEA");   // 0, 1, 0
  EXPECT_EQ(columns.index, "BA4B");  // +2, +7, -1
  EXPECT_THAT(columns.kinds, ElementsAre(AttemptKind{0, 1, 1, Outcome::succeeded, true},
                                         AttemptKind{1, 1, 1, Outcome::succeeded, false}));
}

}  // namespace
}  // namespace ropewalk::page
