#include "page/page_run.hpp"
#include "page/task_texts.hpp"
#include "support/fake_record.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace ropewalk::page {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::int64_t kMs = 1'000'000;

RecordedAttempt attempt(std::uint64_t index, std::uint32_t number, std::uint32_t session, std::int64_t start_ms,
                        std::int64_t run_ms, Outcome outcome = Outcome::succeeded, std::string item = {}) {
  RecordedAttempt made;
  made.index = index;
  made.attempt = number;
  made.session = session;
  made.outcome = outcome;
  made.last = true;
  made.started_ns = start_ms * kMs;
  made.run_ns = run_ms * kMs;
  made.host = 7;
  made.item = std::move(item);
  return made;
}
test::FakeRecord record_of(std::vector<RecordedAttempt> attempts, std::vector<RecordedSession> sessions) {
  test::FakeRecord record;
  record.about.name = "quiet-otter";
  record.about.sessions = std::move(sessions);
  RecordedStage stage;
  stage.name = "hash";
  record.planned = {stage};
  record.attempts = std::move(attempts);
  return record;
}
RecordedSession session(std::uint32_t number, std::optional<std::int64_t> wall_ms) {
  RecordedSession made;
  made.number = number;
  if (wall_ms) made.wall_ns = *wall_ms * kMs, made.outcome = Outcome::succeeded;
  return made;
}
Run read(const test::FakeRecord& record, const Limits& limits = {}) {
  auto run = read_run(record, limits);
  EXPECT_TRUE(run);
  return run ? std::move(*run) : Run();
}
std::vector<std::uint64_t> indices(const Run& run) {
  std::vector<std::uint64_t> all;
  for (const Task& task : run.tasks) all.push_back(task.index);
  return all;
}

TEST(PageRun, SessionsFollowEachOtherWithoutTheTimeBetweenThem) {
  const auto run = read(record_of({attempt(0, 1, 1, 5, 10), attempt(1, 1, 2, 3, 4)}, {session(1, {}), session(2, 9)}));
  ASSERT_EQ(run.sessions.size(), 2u);
  EXPECT_EQ(run.sessions[0].state, "killed");
  EXPECT_EQ(run.sessions[1].offset_ns, 15 * kMs);  // where the last attempt of the killed session ended
  EXPECT_EQ(run.span_ns, 24 * kMs);
  ASSERT_EQ(run.attempts.size(), 2u);
  EXPECT_EQ(run.attempts[1].start_ns, 18 * kMs);
}

TEST(PageRun, ASessionWithoutAnEndLastsUntilItsLastEvent) {
  std::vector<RecordedSession> sessions{session(1, {}), session(2, 9)};
  sessions[0].seen_ns = 20 * kMs;
  const auto run = read(record_of({attempt(0, 1, 1, 5, 10), attempt(1, 1, 2, 3, 4)}, sessions));
  EXPECT_EQ(run.sessions[0].wall_ns, 20 * kMs);
  EXPECT_EQ(run.sessions[1].offset_ns, 20 * kMs);
  EXPECT_EQ(run.wall_ns, 29 * kMs);
}

TEST(PageRun, CountsWhatEachSessionEndedAndKept) {
  const auto run = read(record_of({attempt(0, 1, 1, 0, 1), attempt(1, 1, 1, 0, 1, Outcome::failed),
                                   attempt(1, 2, 2, 0, 1), attempt(2, 1, 1, 0, 1), attempt(2, 2, 3, 0, 1)},
                                  {session(1, 5), session(2, 5), session(3, 5)}));
  std::vector<std::uint64_t> ended, kept;
  for (const Session& each : run.sessions) ended.push_back(each.ended), kept.push_back(each.kept);
  EXPECT_THAT(ended, ElementsAre(3, 1, 1));
  EXPECT_THAT(kept, ElementsAre(0, 2, 2));  // 0 and 2; 0 and 1, because 2 ran again
}

TEST(PageRun, OfALargeRunHoldsTheTextsOfFailuresAndOfTheSlowest) {
  std::vector<RecordedAttempt> attempts;
  for (std::uint64_t i = 0; i < 20; ++i)
    attempts.push_back(
        attempt(i, 1, 1, 10, static_cast<std::int64_t>(i), i % 5 == 1 ? Outcome::crashed : Outcome::succeeded));
  const Limits limits{.tasks_with_texts = 19, .failures = 2, .slowest = 3};
  const auto run = read(record_of(attempts, {session(1, 90)}), limits);
  EXPECT_THAT(indices(run), ElementsAre(1, 6, 17, 18, 19));
  EXPECT_EQ(run.left_out.failures, 2u);  // 11 and 16
  EXPECT_EQ(run.left_out.texts, 13u);    // 20 without the four that failed, 17, 18 and 19
  ASSERT_EQ(run.stages.size(), 1u);
  std::vector<std::uint64_t> slowest;
  for (const std::uint32_t place : run.stages[0].slowest) slowest.push_back(run.attempts[place].index);
  EXPECT_THAT(slowest, ElementsAre(19, 18, 17));
}

TEST(PageRun, NamesASlowTaskOnceWithItsSlowestAttempt) {
  const auto run = read(record_of({attempt(0, 1, 1, 0, 5, Outcome::failed), attempt(0, 2, 1, 9, 7),
                                   attempt(0, 3, 1, 20, 6), attempt(1, 1, 1, 0, 4)},
                                  {session(1, 40)}));
  ASSERT_EQ(run.stages[0].slowest.size(), 2u);
  EXPECT_EQ(run.attempts[run.stages[0].slowest[0]].attempt, 2u);
  EXPECT_EQ(run.attempts[run.stages[0].slowest[1]].index, 1u);
}

TEST(PageRun, ListsItemsUnlessTheyAreTheIndicesOrTooLong) {
  const auto items = [](std::vector<std::string> texts, std::size_t bytes) {
    std::vector<RecordedAttempt> attempts;
    for (std::uint64_t i = 0; i < texts.size(); ++i)
      attempts.push_back(attempt(i, 1, 1, 0, 1, Outcome::succeeded, texts[i]));
    return read(record_of(attempts, {session(1, 9)}), {.item_bytes = bytes}).stages[0].items;
  };
  EXPECT_EQ(items({"0", "1"}, 100).kind, Items::Kind::indices);
  EXPECT_THAT(items({"\"a.jpg\"", "{\"b\": 1}"}, 100).texts, ElementsAre("a.jpg", "{\"b\": 1}"));
  EXPECT_EQ(items({"", ""}, 100).kind, Items::Kind::none);
  const Items many = items({"\"0123456789\"", "\"0123456789\""}, 15);
  EXPECT_EQ(many.kind, Items::Kind::left_out);
  EXPECT_THAT(many.texts, IsEmpty());
}

TEST(PageRun, TextsAreCutBetweenCharacters) {
  EXPECT_EQ(shortened("short", 5), "short");
  EXPECT_EQ(shortened("caf\xc3\xa9 au lait", 4), "caf... (13 bytes in all)");
  EXPECT_EQ(readable_json("\"a\\nb\"", 100), "a\nb");
  EXPECT_EQ(readable_json("[1, 2]", 100), "[1, 2]");
}

TEST(PageRun, TimesOfAStrangeRecordAreBounded) {
  auto record = record_of({attempt(0, 1, 1, 0, 1), attempt(1, 1, 2, 0, 1)}, {session(1, {}), session(2, {})});
  for (RecordedAttempt& each : record.attempts) {
    each.started_ns = each.run_ns = std::numeric_limits<std::int64_t>::max();
    each.cpu_ns = std::numeric_limits<std::int64_t>::min();
  }
  const auto run = read(record);
  EXPECT_EQ(run.attempts[0].start_ns, std::int64_t{1} << 53);
  EXPECT_EQ(run.attempts[0].cpu_ns, 0);
  EXPECT_EQ(run.span_ns, std::int64_t{4} << 53);
}

TEST(PageRun, OfARunWithoutTasksIsEmpty) {
  const auto run = read(record_of({}, {session(1, 2)}));
  EXPECT_THAT(run.attempts, IsEmpty());
  EXPECT_EQ(run.lanes, 0u);
  EXPECT_EQ(run.span_ns, 2 * kMs);
}

}  // namespace
}  // namespace ropewalk::page
