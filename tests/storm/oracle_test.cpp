// The oracle detects each kind of problem that it checks for.

#include "oracle.hpp"
#include "value.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace storm {
namespace {

using Wrong = std::vector<std::string>;

std::string result(std::uint64_t index, std::int64_t number, const char* outcome = "succeeded") {
  return nlohmann::json{{"stage", "a"},
                        {"index", index},
                        {"item", index},
                        {"outcome", outcome},
                        {"value", {{"number", number}, {"text", text_of(index)}}}}
             .dump() +
         "\n";
}
std::string result(std::uint64_t index) { return result(index, number_of(index)); }

const std::string kLog = "a 0 1 70\na 2 1 71\na 1 1 70\n";

Wrong wrong(const std::string& results, const std::string& log = kLog, std::set<int> dead = {}) {
  return judge(results, log, {.tasks = {{"a", 3}}, .dead = std::move(dead)}).wrong;
}

TEST(Oracle, AcceptsACalmRun) {
  const Judgement judged = judge(result(0) + result(1) + result(2), kLog, {.tasks = {{"a", 3}}, .dead = {}});
  EXPECT_EQ(judged.wrong, Wrong{});
  EXPECT_EQ(judged.results, 3u);
  EXPECT_EQ(judged.effects, 3u);
  EXPECT_EQ(judged.repeated, 0u);
}

TEST(Oracle, DetectsALostResult) { EXPECT_EQ(wrong(result(0) + result(2)), Wrong{"a[1]: its result is lost"}); }

TEST(Oracle, DetectsARepeatedResult) {
  EXPECT_EQ(wrong(result(0) + result(1) + result(1) + result(2)), Wrong{"a[1]: its result is repeated"});
}

TEST(Oracle, DetectsALateResult) {
  EXPECT_EQ(wrong(result(0) + result(2) + result(1)), Wrong{"a[1]: its result is late, after that of 2"});
}

TEST(Oracle, DetectsAWrongValue) {
  const Wrong found = wrong(result(0) + result(1, number_of(2)) + result(2));
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].substr(0, 24), "a[1]: has a wrong value:");
}

TEST(Oracle, DetectsAFailedTask) {
  const Wrong found = wrong(result(0) + result(1, number_of(1), "crashed") + result(2));
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].substr(0, 24), "a[1]: has not succeeded:");
}

TEST(Oracle, DetectsResultsOfUnknownTasks) {
  EXPECT_EQ(wrong(result(0) + result(1) + result(2) + result(3) + "{}\n" + "{"),
            (Wrong{"the last line of the results is cut off", "a[3]: a result of a task that there is not",
                   "a line of the results is no result: {}"}));
}

TEST(Oracle, DetectsAMissingEffect) {
  EXPECT_EQ(wrong(result(0) + result(1) + result(2), "a 0 1 70\na 2 1 71\n"), Wrong{"a[1]: has no effect"});
}

TEST(Oracle, DetectsEffectsOfUnknownTasks) {
  EXPECT_EQ(wrong(result(0) + result(1) + result(2), kLog + "b 1 1 70\na 1 1\n"),
            (Wrong{"a line of the log is nobody's: b 1 1 70", "a line of the log is nobody's: a 1 1"}));
}

TEST(Oracle, DetectsASecondEffectWithoutADeadHost) {
  const std::string results = result(0) + result(1) + result(2), log = kLog + "a 1 2 71\n";
  EXPECT_EQ(wrong(results, log, {71}),
            Wrong{"a[1]: has an effect (attempt 2) after that in process 70 (attempt 1), which did not die"});
  EXPECT_EQ(wrong(results, log, {70}), Wrong{});
}

TEST(Oracle, AcceptsTasksWithoutAValueOnlyInAnAbandonedRun) {
  const std::string results = result(0) + result(1, 0, "not_started") + result(2);
  const auto judged = [&](const std::string& log, bool given_up, std::set<int> dead = {}) {
    return judge(results, log, {.tasks = {{"a", 3}}, .dead = std::move(dead), .given_up = given_up});
  };
  const std::string unstarted = "a 0 1 70\na 2 1 70\n";
  EXPECT_EQ(judged(unstarted, true).wrong, Wrong{});
  EXPECT_EQ(judged(unstarted, true).unfinished, 1u);
  EXPECT_EQ(judged(unstarted, false).wrong.size(), 2u) << "it has not succeeded, and has no effect";
  EXPECT_EQ(judged(kLog, true, {70}).wrong, Wrong{}) << "its host died with it";
  EXPECT_EQ(judged(kLog, true).wrong, Wrong{"a[1]: has no value although process 70 (attempt 1) did not die"});
}

TEST(Oracle, DetectsLostAndRepeatedResultsOfAnAbandonedRun) {
  const Expected given_up{.tasks = {{"a", 3}}, .dead = {}, .given_up = true};
  EXPECT_EQ(judge(result(0) + result(2), kLog, given_up).wrong, Wrong{"a[1]: its result is lost"});
  const std::string never = result(1, 0, "not_started");
  EXPECT_EQ(judge(result(0) + never + never + result(2), "a 0 1 70\na 2 1 70\n", given_up).wrong,
            Wrong{"a[1]: its result is repeated"});
}

TEST(Oracle, DetectsALateAttempt) {
  EXPECT_EQ(wrong(result(0) + result(1) + result(2), "a 0 1 70\na 2 1 71\na 1 2 70\na 1 1 71\n", {70}),
            Wrong{"a[1]: attempt 1 came after attempt 2"});
}

}  // namespace
}  // namespace storm
