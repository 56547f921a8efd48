#include "history/mode_comparison.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ropewalk {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

ModeRuns mode(const std::string& name, const std::vector<double>& walls, double cpu_s = 1) {
  ModeRuns made{.name = name, .runs = {}};
  for (const double wall : walls) made.runs.push_back({.wall_s = wall, .cpu_s = cpu_s, .tasks = 10});
  return made;
}

TEST(MedianInterval, LiesBetweenOrderStatistics) {
  const auto five = median_interval({5, 1, 3, 2, 4});
  EXPECT_EQ(five->median, 3);
  EXPECT_EQ(five->low, 1);  // five runs are too few for 95 %
  EXPECT_EQ(five->high, 5);
  EXPECT_DOUBLE_EQ(five->confidence, 0.9375);
  const auto nine = median_interval({1, 2, 3, 4, 5, 6, 7, 8, 9});
  EXPECT_EQ(nine->median, 5);
  EXPECT_EQ(nine->low, 2);
  EXPECT_EQ(nine->high, 8);
  EXPECT_NEAR(nine->confidence, 0.9609, 0.0001);
  EXPECT_EQ(median_interval({1, 2})->median, 1.5);
  EXPECT_EQ(median_interval({7})->confidence, 0);
  EXPECT_FALSE(median_interval({}));
}

TEST(Outliers, LieFarFromTheMedianInDeviationsAndInShare) {
  EXPECT_THAT(outliers({1.0, 1.01, 0.99, 1.0, 2.0}), ElementsAre(4));
  EXPECT_THAT(outliers({1.0, 1.0, 1.0, 1.0, 1.01}), IsEmpty());  // less than 2 %
  EXPECT_THAT(outliers({1.0, 2.0, 3.0, 4.0, 5.0}), IsEmpty());
  EXPECT_THAT(outliers({1.0, 1.0, 9.0}), IsEmpty());  // too few
}

TEST(SpeedUp, ComparesTheRunsOfEachRound) {
  const auto change = speed_up(mode("serial", {4.0, 8.0, 4.0}), mode("thread x4", {1.0, 2.0, 1.0}));
  EXPECT_NEAR(change->ratio, 4, 1e-9);
  EXPECT_NEAR(change->low, 4, 1e-9);
  EXPECT_FALSE(speed_up(mode("a", {1}), mode("b", {1, 2})));
}

TEST(Disturbances, AreOutliersDriftAndOtherLoad) {
  EXPECT_THAT(disturbances({mode("a", {1.0, 1.01, 0.99, 1.0})}), IsEmpty());
  EXPECT_THAT(disturbances({mode("a", {1.0, 1.0, 1.01, 3.0, 1.0})}),
              ElementsAre("run 4 of a is an outlier: 3.00 s, and the median is 1.00 s"));
  EXPECT_THAT(disturbances({mode("a", {1.0, 1.1, 1.2, 1.3})}),
              ElementsAre("the runs of a became slower round by round, from 1.00 s to 1.30 s"));
  ModeRuns loaded = mode("a", {1.0, 1.0});
  for (ModeRun& run : loaded.runs) run.others_cores = 0.6;
  EXPECT_THAT(disturbances({loaded}), ElementsAre("other load of the machine kept 0.6 cores busy on average"));
}

ModeComparison three_modes() {
  return {.workflow = "photos",
          .rounds = 5,
          .modes = {mode("serial", {4.0, 4.04, 4.0, 3.96, 4.0}, 4), mode("thread x4", {1.0, 1.01, 1.0, 1.0, 1.0}, 4),
                    mode("process x4", {1.2, 1.2, 1.22, 1.2, 1.2}, 4.4)}};
}

TEST(Comparison, IsATableAndASentenceForTheFastestMode) {
  std::string text;
  append_comparison(text, three_modes());
  EXPECT_EQ(text,
            "mode        runs  median          interval      vs serial     cpu  cores  failed\n"
            "serial         5  4.00 s  3.96 s to 4.04 s              -  4.00 s   1.00       0\n"
            "thread x4      5  1.00 s  1.00 s to 1.01 s  3.99x +- 0.02  4.00 s   3.99       0\n"
            "process x4     5  1.20 s  1.20 s to 1.22 s  3.32x +- 0.04  4.40 s   3.65       0\n"
            "thread x4 is 4.0 +- 0.0 times faster than serial\n");
}

TEST(Comparison, FindsNoEvidenceWhereTheIntervalReachesNoChange) {
  std::string text;
  append_comparison(
      text,
      {.workflow = "w", .rounds = 3, .modes = {mode("serial", {1.0, 1.2, 0.9}), mode("thread x2", {1.1, 1.0, 0.9})}});
  EXPECT_THAT(text, HasSubstr("no evidence of a difference between "));
  EXPECT_THAT(text, HasSubstr("  no evidence  "));
}

TEST(Comparison, ComparesTheBaselineWithTheNextOneIfItIsTheFastest) {
  std::string text;
  append_comparison(text, {.workflow = "w",
                           .rounds = 3,
                           .modes = {mode("serial", {1.0, 1.0, 1.0}), mode("thread x2", {3.0, 3.0, 3.0}),
                                     mode("process x2", {2.0, 2.0, 2.0})}});
  EXPECT_THAT(text, HasSubstr("serial is 2.0 +- 0.0 times faster than process x2\n"));
}

TEST(Comparison, ReportsFailuresAndResultsThatDiffer) {
  ModeComparison comparison = three_modes();
  comparison.modes[1].runs[0].failed = 2;
  comparison.modes[1].runs[0].crashed = 1;
  comparison.difference = "stage 'hash', task 3: 1 with serial, and 2 with thread x4";
  std::string text;
  append_comparison(text, comparison);
  EXPECT_THAT(text, HasSubstr("thread x4: 2 tasks failed in 5 runs, 1 of them by a crash\n"));
  EXPECT_THAT(text, HasSubstr("the results differ: stage 'hash', task 3: 1 with serial, and 2 with thread x4\n"));
}

TEST(Comparison, WithoutAnyRunSaysSo) {
  std::string text;
  append_comparison(text, {.workflow = "w", .rounds = 3, .modes = {mode("serial", {}), mode("thread x2", {})}});
  EXPECT_THAT(text, HasSubstr("no run has ended\n"));
}

TEST(Comparison, OfOneRoundSaysThatMoreAreNeeded) {
  std::string text;
  append_comparison(text, {.workflow = "w", .rounds = 1, .modes = {mode("serial", {4}), mode("thread x2", {1})}});
  EXPECT_THAT(text, testing::EndsWith("\nno interval: two or more rounds are needed\n"));
}

}  // namespace
}  // namespace ropewalk
