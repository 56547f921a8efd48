#include "report/numbers.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <limits>

namespace ropewalk {
namespace {

TEST(Numbers, SizesHaveTwoDigitsAndAUnit) {
  EXPECT_EQ(bytes_text(0), "0 bytes");
  EXPECT_EQ(bytes_text(1), "1 byte");
  EXPECT_EQ(bytes_text(999), "999 bytes");
  EXPECT_EQ(bytes_text(1000), "1.0 kB");
  EXPECT_EQ(bytes_text(2'140'000), "2.1 MB");
  EXPECT_EQ(bytes_text(9'960), "10 kB");
  EXPECT_EQ(bytes_text(999'499), "999 kB");
  EXPECT_EQ(bytes_text(999'500), "1.0 MB");
  EXPECT_EQ(bytes_text(12'000'000'000'000'000), "12000 TB");
}

TEST(Numbers, TimesThatPassAreWholeSecondsInSixColumns) {
  EXPECT_EQ(passing_time_text(-1), "0 s");
  EXPECT_EQ(passing_time_text(0.9), "0 s");
  EXPECT_EQ(passing_time_text(99.9), "99 s");
  EXPECT_EQ(passing_time_text(100), "1m40s");
  EXPECT_EQ(passing_time_text(3599), "59m59s");
  EXPECT_EQ(passing_time_text(3600 * 99 + 59 * 60), "99h59m");
  EXPECT_EQ(passing_time_text(std::numeric_limits<double>::infinity()), "277777777777h46m");
}

TEST(Numbers, RatesHaveAUnitInWhichTheyAreAtLeastOne) {
  EXPECT_EQ(rate_text(0), "0/s");
  EXPECT_EQ(rate_text(123456.7), "123,457/s");
  EXPECT_EQ(rate_text(9.96), "10/s");
  EXPECT_EQ(rate_text(3.24), "3.2/s");
  EXPECT_EQ(rate_text(0.16), "9.6/min");
  EXPECT_EQ(rate_text(4.0 / 3600), "4.0/h");
}

TEST(Numbers, DurationsAreReadableFromNanosecondsToHours) {
  const struct {
    double seconds;
    const char* text;
  } rows[] = {{0, "0 s"},           {-1, "0 s"},          {780e-9, "780 ns"}, {3.4e-6, "3.4 us"}, {12e-6, "12 us"},
              {999.4e-6, "999 us"}, {999.6e-6, "1.0 ms"}, {9.96e-3, "10 ms"}, {0.340, "340 ms"},  {0.9996, "1.00 s"},
              {1.03, "1.03 s"},     {8.214, "8.21 s"},    {99.99, "99.99 s"}, {99.996, "100 s"},  {104.2, "104 s"},
              {599, "599 s"},       {600, "10m00s"},      {725, "12m05s"},    {3600, "1h00m"},    {11100, "3h05m"}};
  for (const auto& row : rows) EXPECT_EQ(duration_text(row.seconds), row.text) << row.seconds;
}

TEST(Numbers, ThousandsAreGrouped) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1024), "1,024");
  EXPECT_EQ(grouped(1'000'000), "1,000,000");
  EXPECT_EQ(counted(1, "task"), "1 task");
  EXPECT_EQ(counted(1024, "task"), "1,024 tasks");
}

TEST(Numbers, JsonSecondsAreExactToTheNanosecond) {
  const struct {
    std::int64_t ns;
    const char* text;
  } rows[] = {{0, "0.0"},
              {1, "0.000000001"},
              {1'000'000'000, "1.0"},
              {1'234'500'000, "1.2345"},
              {100'000'000, "0.1"},
              {-1'500'000'000, "-1.5"},
              {std::numeric_limits<std::int64_t>::min(), "-9223372036.854775808"}};
  for (const auto& row : rows) {
    std::string out;
    append_json_seconds(out, row.ns);
    EXPECT_EQ(out, row.text);
  }
}

TEST(Numbers, RoundingRemovesTheNoiseOfAFloat) {
  const auto rounded = [](double value) {
    std::string out;
    append_json_rounded(out, value, 7);
    return out;
  };
  EXPECT_EQ(rounded(static_cast<double>(1.03f)), "1.03");
  EXPECT_EQ(rounded(2.0), "2.0");
  EXPECT_EQ(rounded(0), "0.0");
  EXPECT_EQ(rounded(std::numeric_limits<double>::infinity()), "null");
}

TEST(Numbers, SignalsHaveNames) {
  EXPECT_EQ(signal_name(SIGSEGV), "SIGSEGV");
  EXPECT_EQ(signal_name(77), "signal 77");
  EXPECT_EQ(signal_name(-1), "signal -1");
}

}  // namespace
}  // namespace ropewalk
