#include "support/fake_record.hpp"

#include <ropewalk/run_changes.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ropewalk {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::int64_t kMs = 1'000'000;

/// A run with one stage of these tasks.
test::FakeRecord run_of(std::string name, std::vector<RecordedAttempt> attempts, std::string stage = "hash") {
  test::FakeRecord record;
  record.about.name = std::move(name);
  record.planned = {{.number = 0,
                     .name = std::move(stage),
                     .outcome = Outcome::succeeded,
                     .tasks = attempts.size(),
                     .wall_ns = 1000 * kMs}};
  record.attempts = std::move(attempts);
  return record;
}
RecordedAttempt done(std::uint64_t index, std::int64_t run_ns, std::string result = "{}",
                     Outcome outcome = Outcome::succeeded) {
  return {
      .index = index, .attempt = 1, .outcome = outcome, .last = true, .run_ns = run_ns, .result = std::move(result)};
}

std::vector<StageChange> changes(const Record& before, const Record& after) {
  auto found = run_changes(before, after);
  return found ? *found : std::vector<StageChange>();
}
std::string text(const Record& before, const Record& after) {
  std::string out;
  append_changes(out, before.run(), after.run(), changes(before, after), 3);
  return out;
}

TEST(RunChanges, OfTheSameRunAreNone) {
  const auto run = run_of("quiet-otter", {done(0, 5 * kMs), done(1, 7 * kMs), done(2, 900 * kMs)});
  EXPECT_EQ(text(run, run),
            "from quiet-otter to quiet-otter\n\n"
            "stage  tasks  wall before  wall after  task time    95% interval  verdict\n"
            "hash       3       1.00 s      1.00 s      1.00x  1.00x to 1.00x  no evidence of a change\n"
            "\n"
            "no result differs\n");
}

TEST(RunChanges, ASpeedUpOfEveryTaskIsEvident) {
  std::vector<RecordedAttempt> slow, fast;
  for (std::uint64_t i = 0; i < 10; ++i) {
    const std::int64_t work = kMs * static_cast<std::int64_t>(1 + i * i);
    slow.push_back(done(i, 2 * work + static_cast<std::int64_t>(i % 3) * work / 50));
    fast.push_back(done(i, work));
  }
  const auto before = run_of("a", slow), after = run_of("b", fast);
  const std::vector<StageChange> found = changes(before, after);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].pairs, 10u);
  EXPECT_NEAR(found[0].time->ratio, 0.495, 0.002);
  EXPECT_THAT(text(before, after), testing::HasSubstr("  faster\n"));
  EXPECT_THAT(text(after, before), testing::HasSubstr("  slower\n"));
}

TEST(RunChanges, OneTaskIsNoEvidence) {
  const auto before = run_of("a", {done(0, kMs)}), after = run_of("b", {done(0, 500 * kMs)});
  EXPECT_THAT(text(before, after), testing::HasSubstr("  -  no evidence of a change: 1 task succeeded in both runs\n"));
}

TEST(RunChanges, NamesTasksWithAnotherResultOrOutcomeByIndex) {
  std::vector<RecordedAttempt> old, now;
  for (std::uint64_t i = 0; i < 20; ++i)
    old.push_back(done(i, kMs, "{\"n\": 1}")),
        now.push_back(done(i, kMs, i % 2 == 0 || i == 5 ? "{\"n\": 2}" : "{\"n\": 1}"));
  now[7].outcome = Outcome::crashed;
  now.pop_back();
  const auto before = run_of("a", old), after = run_of("b", now);
  const StageChange change = changes(before, after).front();
  EXPECT_THAT(change.outcomes, ElementsAre(IndexRange{7, 7}));
  EXPECT_THAT(change.results, testing::Contains(IndexRange{4, 6}));
  EXPECT_THAT(change.only_before, ElementsAre(IndexRange{19, 19}));
  EXPECT_THAT(change.only_after, IsEmpty());
  EXPECT_THAT(text(before, after),
              testing::HasSubstr("stage 'hash': 11 tasks with another result: 0, 2, 4-6 and 6 more\n"));
  EXPECT_THAT(text(before, after), testing::HasSubstr("stage 'hash': 1 task with another outcome: 7\n"));
}

TEST(RunChanges, OnlyTheLastAttemptOfATaskCounts) {
  RecordedAttempt first = done(0, kMs, "", Outcome::crashed), second = done(0, 2 * kMs);
  second.attempt = 2;
  const auto before = run_of("a", {first, second}), after = run_of("b", {done(0, 2 * kMs)});
  const StageChange change = changes(before, after).front();
  EXPECT_EQ(change.pairs, 1u);
  EXPECT_EQ(change.before.failed, 0u);
  EXPECT_THAT(change.outcomes, IsEmpty());
}

TEST(RunChanges, StagesOfOneRunAloneAreNamed) {
  const std::string both = text(run_of("a", {done(0, kMs)}, "old"), run_of("b", {done(0, kMs)}, "new"));
  EXPECT_THAT(both, testing::HasSubstr("only in the second run\n"));
  EXPECT_THAT(both, testing::HasSubstr("only in the first run\n"));
}

TEST(RunChanges, ALargeResultIsComparedByItsFile) {
  RecordedAttempt gone = done(0, kMs, "");
  gone.result_file = "/no/such/file";
  const auto run = run_of("a", {gone});
  const auto found = run_changes(run, run);
  ASSERT_FALSE(found);
  EXPECT_THAT(found.error().list.front().message,
              testing::HasSubstr("cannot read the result '/no/such/file': No such file"));
}

}  // namespace
}  // namespace ropewalk
