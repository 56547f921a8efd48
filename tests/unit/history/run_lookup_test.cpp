#include <ropewalk/history.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ropewalk {
namespace {

using testing::ElementsAre;

const std::vector<RunLabel> kRuns{{"brave-otter", "20261129-101500-7f3a"},
                                  {"brave-badger", "20261128-093000-11aa"},
                                  {"calm-otter", "20261127-080000-7c01"},
                                  {"brave", "20261101-000000-9d9d"}};

std::size_t place_of(std::string_view word) {
  const auto found = find_run(word, kRuns);
  return found ? *found : 99;
}
Error error_of(std::string_view word, const std::vector<RunLabel>& runs = kRuns) {
  const auto found = find_run(word, runs);
  return found ? Error{"found", std::to_string(*found)} : found.error().list.front();
}

TEST(FindRun, TakesLatestWholeNamesAndIds) {
  EXPECT_EQ(place_of("latest"), 0u);
  EXPECT_EQ(place_of("calm-otter"), 2u);
  EXPECT_EQ(place_of("20261128-093000-11aa"), 1u);
}

TEST(FindRun, TakesTheBeginningOfOneNameOrId) {
  EXPECT_EQ(place_of("c"), 2u);
  EXPECT_EQ(place_of("brave-o"), 0u);
  EXPECT_EQ(place_of("20261127"), 2u);
}

TEST(FindRun, AWholeNameWinsOverNamesThatBeginWithIt) { EXPECT_EQ(place_of("brave"), 3u); }

TEST(FindRun, RefusesABeginningOfSeveralAndNamesThem) {
  const Error error = error_of("brave-");
  EXPECT_EQ(error.code, "C117");
  EXPECT_EQ(error.message, "2 runs begin with 'brave-': brave-otter, brave-badger");
  EXPECT_THAT(error.notes, ElementsAre("add letters until one run is left"));
}

TEST(FindRun, SuggestsTheNearestName) {
  const Error error = error_of("calm-oter");
  EXPECT_EQ(error.code, "C116");
  EXPECT_EQ(error.message, "there is no run 'calm-oter'; did you mean 'calm-otter'?");
  EXPECT_THAT(error.notes, ElementsAre("'ropewalk runs' lists the recorded runs"));
}

TEST(FindRun, TheEmptyWordMeansNoRun) { EXPECT_EQ(error_of("").code, "C116"); }

TEST(FindRun, ReportsThatNothingIsRecorded) {
  EXPECT_EQ(error_of("latest", {}).message, "no run is recorded here");
  EXPECT_EQ(error_of("calm", {}).code, "C116");
}

TEST(FindRun, ShowsAWordThatATerminalWouldObeyAsEscapes) {
  EXPECT_EQ(error_of("a\x1b[2J").message, "there is no run 'a\\x1b[2J'");
}

}  // namespace
}  // namespace ropewalk
