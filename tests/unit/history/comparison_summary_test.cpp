#include "history/comparison_summary.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ropewalk {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

ModeRuns mode_of(const std::string& name, const std::vector<double>& walls, double cpu_s = 1) {
  ModeRuns made{.name = name, .runs = {}};
  for (const double wall : walls) made.runs.push_back({.wall_s = wall, .cpu_s = cpu_s, .tasks = 10});
  return made;
}

ModeComparison measured() {
  return {
      .workflow = "photos",
      .rounds = 5,
      .modes = {mode_of("serial", {4.0, 4.04, 4.0, 3.96, 4.0}, 4), mode_of("thread x4", {1.0, 1.01, 1.0, 1.0, 2.0}, 4)},
      .version = "1.2.3",
      .started_unix_ns = 1'764'417'780'000'000'000,
      .machine = "ada (Linux 6.1.0 x86_64)",
      .cores = 8,
      .command = R"(["ropewalk", "compare", "a.yaml"])"};
}

std::string json_of(const ComparisonSummary& comparison) {
  std::string text;
  append_comparison_json(text, comparison);
  return text;
}

/// "" or the message.
std::string refusal_of(const std::string& json) {
  const auto read = read_comparison(json, "modes.json");
  return read ? "" : read.error().list.front().code + ": " + read.error().list.front().message;
}

TEST(ComparisonSummary, MatchesTheContractOfItsJson) {
  ModeComparison comparison{.workflow = "photos",
                            .rounds = 2,
                            .modes = {mode_of("serial", {4.0, 4.0}, 4), mode_of("thread x4", {1.0, 1.0}, 4)}};
  comparison.difference = "x";
  comparison.version = "1.2.3";
  comparison.started_unix_ns = 1'764'417'780'000'000'000;
  comparison.machine = "ada (Linux 6.1.0 x86_64)";
  comparison.cores = 8;
  comparison.command = R"(["ropewalk","compare","a.yaml"])";
  EXPECT_EQ(json_of(summary_of(comparison)),
            "{\"schema\": 1, \"ropewalk\": \"1.2.3\", \"workflow\": \"photos\", \"rounds\": 2, \"modes\": ["
            "{\"mode\": \"serial\", \"wall_s\": [4.0, 4.0], \"median_s\": 4.0, \"low_s\": 4.0, \"high_s\": 4.0, "
            "\"confidence\": 0.5, \"cpu_s\": 8.0, \"failed\": 0, \"crashed\": 0, \"outliers\": []}, "
            "{\"mode\": \"thread x4\", \"wall_s\": [1.0, 1.0], \"median_s\": 1.0, \"low_s\": 1.0, \"high_s\": 1.0, "
            "\"confidence\": 0.5, \"speed_up\": {\"ratio\": 4.0, \"low\": 4.0, \"high\": 4.0, \"evident\": true}, "
            "\"cpu_s\": 8.0, \"failed\": 0, \"crashed\": 0, \"outliers\": []}], \"notes\": [], "
            "\"same_results\": false, \"difference\": \"x\", "
            "\"verdict\": \"thread x4 is 4.0 +- 0.0 times faster than serial\", \"started\": \"2025-11-29T12:03:00Z\", "
            "\"machine\": \"ada (Linux 6.1.0 x86_64)\", \"cores\": 8, "
            "\"command\": [\"ropewalk\",\"compare\",\"a.yaml\"]}\n");
}

TEST(ComparisonSummary, NamesTheRoundsOfOutliersFromOne) {
  const ComparisonSummary summary = summary_of(measured());
  EXPECT_THAT(summary.modes[1].outliers, ElementsAre(4u));
  EXPECT_THAT(json_of(summary), HasSubstr("\"outliers\": [5]"));
}

TEST(ComparisonSummary, IsReadAsItWasWritten) {
  const std::string json = json_of(summary_of(measured()));
  const auto read = read_comparison(json, "modes.json");
  ASSERT_TRUE(read) << refusal_of(json);
  EXPECT_EQ(read->modes[1].name, "thread x4");
  EXPECT_THAT(read->modes[1].wall_s, ElementsAre(1.0, 1.01, 1.0, 1.0, 2.0));
  EXPECT_EQ(read->verdict, summary_of(measured()).verdict);
  EXPECT_THAT(json_of(*read), HasSubstr("\"outliers\": [5]"));
  EXPECT_EQ(refusal_of(json_of(*read)), "");
}

/// An earlier version has written neither outliers nor what follows the difference.
TEST(ComparisonSummary, OfAnEarlierVersionIsRead) {
  const auto read = read_comparison(
      R"({"schema": 1, "ropewalk": "0.1.0", "workflow": "w", "rounds": 5, "modes": [{"mode": "serial", "wall_s":
      [1, 1.01, 1, 1, 3], "median_s": 1, "low_s": 1, "high_s": 3, "confidence": 0.9375, "cpu_s": 5, "failed": 0,
      "crashed": 0}], "notes": ["a note"], "same_results": true, "a key of the future": {}})",
      "modes.json");
  ASSERT_TRUE(read);
  EXPECT_THAT(read->modes[0].outliers, ElementsAre(4u));
  EXPECT_EQ(read->verdict, "");
  EXPECT_THAT(read->notes, ElementsAre("a note"));
}

TEST(ComparisonSummary, OfAnythingElseIsRefusedWithWhatIsWrong) {
  const std::string is_not = "C121: 'modes.json' is not what 'ropewalk compare' has written as JSON: ";
  EXPECT_THAT(refusal_of("mode  runs\n"), HasSubstr(is_not + "it is not JSON: "));
  EXPECT_THAT(refusal_of(""), HasSubstr(is_not + "it is not JSON: "));
  EXPECT_EQ(refusal_of("[1]"), is_not + "it is not a JSON object");
  EXPECT_EQ(refusal_of(R"({"schema": 1, "stages": []})"), is_not + "it is the document of a run");
  EXPECT_EQ(refusal_of("{}"), is_not + "its 'schema' is not a whole number from 0 to 9223372036854775807");
  EXPECT_EQ(refusal_of(R"({"schema": 2})"), is_not + "its schema is 2, and this ropewalk reads schema 1");
  const std::string good = json_of(summary_of(measured()));
  const auto changed = [&](const std::string& from, const std::string& to) {
    std::string json = good;
    json.replace(json.find(from), from.size(), to);
    return refusal_of(json);
  };
  EXPECT_EQ(changed("\"rounds\": 5", "\"rounds\": -1"),
            is_not + "its 'rounds' is not a whole number from 0 to 1000000");
  EXPECT_EQ(changed("[1.0, 1.01", "[\"</script>\", 1.01"),
            is_not + "its 'modes[1].wall_s' is not a list of numbers from 0 to 1e15");
  EXPECT_EQ(changed("[1.0, 1.01", "[1e999, 1.01").substr(0, is_not.size()), is_not);
  EXPECT_EQ(changed("[1.0, 1.01", "[1e300, 1.01"),
            is_not + "its 'modes[1].wall_s' is not a list of numbers from 0 to 1e15");
  EXPECT_EQ(changed("\"outliers\": [5]", "\"outliers\": [6]"),
            is_not + "its 'modes[1].outliers' is not a list of rounds");
  EXPECT_EQ(changed("\"mode\": \"serial\"", "\"mode\": 7"), is_not + "its 'modes[0].mode' is not a text");
  EXPECT_EQ(changed("\"notes\": [", "\"notes\": [7, "), is_not + "its 'notes' is not a list of texts");
  EXPECT_EQ(changed("\"command\": [", "\"command\": [7, "), is_not + "its 'command' is not a list of texts");
  EXPECT_EQ(refusal_of(R"({"schema": 1, "ropewalk": "1", "workflow": "w", "rounds": 1, "modes": []})"),
            is_not + "its 'modes' is not a list with a mode");
}

}  // namespace
}  // namespace ropewalk
