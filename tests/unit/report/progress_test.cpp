#include "report/progress.hpp"

#include "base/columns.hpp"

#include <ropewalk/value.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ropewalk {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using Frame = std::vector<std::string>;

constexpr std::int64_t kMs = 1'000'000, kSecond = 1000 * kMs;

class Shown final : public ProgressView {
 public:
  void frame(const Frame& lines) override { frames.push_back(lines); }
  void line(std::string_view text) override { lines.emplace_back(text); }
  void message(std::string_view text) override { lines.emplace_back(text); }
  unsigned width() override { return columns; }
  unsigned height() override { return rows; }
  std::vector<Frame> frames;
  std::vector<std::string> lines;
  unsigned columns = 120, rows = 24;
};

StageStarted stage(std::uint64_t tasks, std::uint32_t number = 0) {
  return {number, "hash", "file.checksum", "thread", 8, tasks};
}
std::vector<TaskStarted> started(std::size_t count) { return std::vector<TaskStarted>(count, TaskStarted{0, 1}); }
std::vector<TaskFinished> finished(std::size_t count, Outcome outcome) {
  return std::vector<TaskFinished>(count, TaskFinished{0, 1, outcome, 0, 0, 0, 0, 1, 0, true, ""});
}

TEST(Progress, OnATerminalEachRunningStageHasALine) {
  Shown shown;
  Progress progress(shown, Progress::Style::live);
  progress.stage_started(0, stage(1024));
  progress.tasks_started(0, 0, started(136));
  progress.tasks_finished(0, 0, finished(126, Outcome::succeeded));
  progress.tasks_finished(0, 0, finished(2, Outcome::failed));
  progress.tasks_running(2 * kSecond, 0, std::vector<TaskRunning>(8, TaskRunning{1, 1, kSecond, 7, 0}));
  progress.tick(2 * kSecond);
  progress.stage_finished(3 * kSecond, {0, "hash", Outcome::failed, 1024, 1, 3 * kSecond, 0, ""});
  progress.run_finished(3 * kSecond, {});
  EXPECT_THAT(
      shown.frames,
      ElementsAre(
          Frame{"hash  thread x8  [............................................................]  0/1,024  "
                "0 running     0 s"},
          Frame{"hash  thread x8  [####...................................]  128/1,024  8 running  2 failed     64/s  "
                "ETA   14 s     2 s"},
          Frame{}, Frame{}));
  EXPECT_TRUE(shown.lines.empty());
}

TEST(Progress, ATaskWaitingForItsNextAttemptIsNotRunning) {
  for (const Progress::Style style : {Progress::Style::live, Progress::Style::plain}) {
    Shown shown;
    Progress progress(shown, style);
    progress.stage_started(0, stage(5));
    progress.tasks_started(0, 0, started(5));
    std::vector<TaskFinished> attempts = finished(5, Outcome::failed);
    for (TaskFinished& attempt : attempts) attempt.last = false;
    progress.tasks_finished(0, 0, attempts);
    progress.tasks_running(11 * kSecond, 0, {});
    progress.tasks_waiting(11 * kSecond, 0, {5, 3 * kSecond});
    progress.tick(11 * kSecond);
    if (style == Progress::Style::live)
      EXPECT_THAT(shown.frames.back(),
                  ElementsAre("hash  thread x8  [.............................................]  0/5  "
                              "0 running  5 retried  5 waiting to retry    11 s"));
    else
      EXPECT_EQ(shown.lines.back(), "stage hash: 0/5 done, 0 running, 5 retried, 5 waiting to retry");
  }
}

TEST(Progress, SkippedAndNotStartedTasksAreNotDone) {
  Shown shown;
  Progress progress(shown, Progress::Style::plain);
  progress.stage_started(0, stage(20));
  progress.tasks_started(0, 0, started(8));
  progress.tasks_finished(0, 0, finished(4, Outcome::succeeded));
  progress.tasks_finished(0, 0, finished(1, Outcome::crashed));
  progress.tasks_finished(0, 0, finished(3, Outcome::cancelled));
  progress.tasks_finished(
      0, 0, std::vector<TaskFinished>(2, TaskFinished{0, 0, Outcome::skipped, 0, 0, 0, 0, 0, 0, true, ""}));
  progress.tasks_finished(
      0, 0, std::vector<TaskFinished>(10, TaskFinished{0, 0, Outcome::not_started, 0, 0, 0, 0, 0, 0, true, ""}));
  progress.stage_finished(3 * kSecond, {0, "hash", Outcome::failed, 20, 1, 3 * kSecond, 0, ""});
  EXPECT_EQ(shown.lines.back(),
            "stage hash: failed, 5/20 done in 3.00 s, 1 failed, 2 skipped, 3 cancelled, 10 not started");
}

/// The lines below the first one.
Frame tasks_of(const Frame& frame) { return Frame(frame.begin() + 1, frame.end()); }

TEST(Progress, OnATerminalTheLongestRunningTasksOfAllStagesHaveALineEach) {
  Shown shown;
  Progress progress(shown, Progress::Style::live);
  progress.stage_started(0, stage(9));
  progress.stage_started(0, {1, "pack", "file.pack", "serial", 1, 1});
  progress.task_slow(60 * kSecond, 0, {3, 2, 60 * kSecond});
  progress.tasks_running(
      65 * kSecond, 0,
      std::vector<TaskRunning>{{1, 1, 1 * kSecond, 7, 0}, {2, 1, 30 * kSecond, 7, 1}, {3, 2, 101 * kSecond, 7, 2}});
  progress.tasks_running(65 * kSecond, 1, std::vector<TaskRunning>{{0, 1, 61 * kSecond, 8, 0}});
  progress.tick(65 * kSecond);
  ASSERT_EQ(shown.frames.back().size(), 5u);
  EXPECT_THAT(tasks_of(tasks_of(shown.frames.back())),
              ElementsAre("   1m41s  hash/3  attempt 2, slow", "    61 s  pack/0", "    30 s  hash/2"));
}

TEST(Progress, TheLineOfALongTaskShowsTheLatestThatItSaysOfItsProgress) {
  Shown shown;
  Progress progress(shown, Progress::Style::live);
  progress.stage_started(0, stage(9));
  const auto frame_at = [&](std::int64_t t_ns) {
    progress.tasks_running(t_ns, 0, std::vector<TaskRunning>{{2, 1, 30 * kSecond, 7, 1}, {3, 2, 20 * kSecond, 7, 2}});
    progress.tick(t_ns);
    return tasks_of(shown.frames.back());
  };
  progress.task_progress(kSecond, 0, {2, 1, 0.459, "rolling"});
  progress.task_progress(kSecond, 0, {3, 1, 0.5, "of an earlier attempt"});
  EXPECT_THAT(frame_at(kSecond), ElementsAre("    30 s  hash/2  45 %: rolling", "    20 s  hash/3  attempt 2"));
  progress.task_progress(2 * kSecond, 0, {2, 1, 0.999});
  progress.task_progress(2 * kSecond, 0, {3, 2, 1, "a\x1b[2J tab\tand\u202e\xff\nanother line"});
  EXPECT_THAT(frame_at(2 * kSecond),
              ElementsAre("    30 s  hash/2  99 %", "    20 s  hash/3  attempt 2, 100 %: a [2J tab and\\u202e\\xff"));
  progress.tasks_finished(3 * kSecond, 0,
                          std::vector<TaskFinished>{{2, 1, Outcome::failed, 0, 0, 0, 0, 1, 0, false, "no"}});
  EXPECT_THAT(frame_at(3 * kSecond), ElementsAre("    30 s  hash/2", testing::StartsWith("    20 s  hash/3")));
}

TEST(Progress, ElsewhereTheLineOfASlowTaskShowsItsProgress) {
  Shown shown;
  Progress progress(shown, Progress::Style::plain);
  progress.stage_started(0, stage(9));
  progress.task_progress(kSecond, 0, {17, 1, 0.25, "unpacking"});
  const std::size_t lines = shown.lines.size();
  progress.task_slow(60 * kSecond, 0, {17, 1, 50 * kSecond});
  EXPECT_EQ(shown.lines.back(), "hash/17 has been running for 50.00 s, 25 %: unpacking");
  EXPECT_EQ(shown.lines.size(), lines + 1) << "progress itself is no line";
}

TEST(Progress, ElsewhereASlowTaskIsALine) {
  Shown shown;
  Progress progress(shown, Progress::Style::plain);
  progress.stage_started(0, stage(9));
  progress.task_slow(60 * kSecond, 0, {17, 1, 50 * kSecond});
  EXPECT_EQ(shown.lines.back(), "hash/17 has been running for 50.00 s");
}

class WideItem final : public TaskItems {
 public:
  std::optional<Value> item_of(std::uint32_t, std::uint64_t) const override { return Value("日本語/写真.jpg"); }
};

TEST(Progress, NamesTheItemOfALongTaskAndCutsAtCharacterBoundaries) {
  const WideItem items;
  Shown plain, live;
  Progress lines(plain, Progress::Style::plain), frames(live, Progress::Style::live);
  for (Progress* each : {&lines, &frames}) {
    each->run_started(0, {"r", "demo", &items});
    each->stage_started(0, stage(9));
    each->task_slow(60 * kSecond, 0, {17, 1, 50 * kSecond});
    each->tasks_running(61 * kSecond, 0, std::vector<TaskRunning>{{17, 1, 51 * kSecond, 7, 0}});
  }
  EXPECT_EQ(plain.lines.back(), "hash/17 (日本語/写真.jpg) has been running for 50.00 s");
  frames.tick(61 * kSecond);
  EXPECT_EQ(live.frames.back().back(), "    51 s  hash/17 (日本語/写真.jpg)  slow");
  live.columns = 34;
  frames.tick(62 * kSecond);
  EXPECT_EQ(live.frames.back().back(), "    51 s  hash/17 (日...pg)  slow");
}

TEST(Progress, RedrawsAtMostTenTimesASecond) {
  Shown shown;
  Progress progress(shown, Progress::Style::live);
  progress.stage_started(0, stage(10));
  for (int i = 0; i <= 1000; ++i) progress.tick(i * kMs);
  EXPECT_EQ(shown.frames.size(), 11u);
}

TEST(Progress, NeverWrapsALine) {
  for (unsigned columns = 1; columns < 120; ++columns) {
    Shown shown;
    shown.columns = columns;
    Progress progress(shown, Progress::Style::live);
    for (std::uint32_t number = 0; number < 30; ++number) progress.stage_started(0, stage(1'000'000, number));
    progress.tasks_finished(0, 0, finished(10, Outcome::succeeded));
    progress.task_progress(0, 0, {2, 1, 0.459, "rolling 写真 写真"});
    progress.tasks_running(kSecond, 0, std::vector<TaskRunning>{{2, 1, 30 * kSecond, 7, 1}});
    progress.tick(kSecond);
    EXPECT_EQ(shown.frames.back().size(), 23u);
    for (const std::string& line : shown.frames.back()) EXPECT_LT(columns_in(line), std::max(columns, 2u)) << line;
  }
}

TEST(Progress, OfAStreamShowsNoTotalYet) {
  Shown shown;
  Progress progress(shown, Progress::Style::live);
  progress.stage_started(0, stage(0));
  progress.tasks_started(0, 0, started(5));
  progress.tasks_finished(0, 0, finished(5, Outcome::succeeded));
  progress.tick(kSecond);
  EXPECT_EQ(shown.frames.back(), Frame{"hash  thread x8  5/?  0 running    5.0/s     1 s"});
}

TEST(Progress, StagesThatDoNotFitAreFoldedIntoOneLine) {
  Shown shown;
  shown.rows = 5;
  Progress progress(shown, Progress::Style::live);
  for (std::uint32_t number = 0; number < 6; ++number) {
    progress.stage_started(0, stage(100, number));
    progress.tasks_finished(0, number, finished(number, Outcome::succeeded));
    progress.tasks_running(0, number, std::vector<TaskRunning>(1, TaskRunning{1, 1, kSecond, 7, 0}));
  }
  progress.tasks_finished(0, 5, finished(2, Outcome::crashed));
  progress.tick(kSecond);
  ASSERT_EQ(shown.frames.back().size(), 4u) << "one line of the terminal stays free";
  EXPECT_EQ(shown.frames.back().back(), "+3 more stages: 14/300 done, 3 running, 2 failed");
  progress.tasks_running(0, 0, std::vector<TaskRunning>(3, TaskRunning{7, 1, 3 * kSecond, 7, 0}));
  progress.tick(2 * kSecond);
  EXPECT_EQ(shown.frames.back().at(2), "+4 more stages: 16/400 done, 4 running, 2 failed");
  EXPECT_EQ(shown.frames.back().at(3), "     3 s  hash/7");
  progress.stage_listed(0, {5, "hash", 0});
  shown.rows = 2;
  progress.tick(3 * kSecond);
  EXPECT_EQ(shown.frames.back(), Frame{"6 stages: 17 done, 8 running, 2 failed"});
  shown.rows = 24;
  progress.tick(4 * kSecond);
  EXPECT_EQ(shown.frames.back().size(), 9u) << "the next frame has the size of then";
}

TEST(Progress, TasksThatAnEarlierSessionKeptAreNoRate) {
  Shown shown;
  Progress progress(shown, Progress::Style::live);
  progress.stage_started(0, stage(1000));
  std::vector<TaskFinished> kept = finished(900, Outcome::succeeded);
  for (TaskFinished& task : kept) task.kept = true;
  progress.tasks_finished(0, 0, kept);
  progress.tick(kSecond);
  EXPECT_THAT(shown.frames.back().at(0), Not(HasSubstr("/s")));
  progress.tasks_finished(0, 0, finished(20, Outcome::succeeded));
  progress.tick(2 * kSecond);
  EXPECT_THAT(shown.frames.back().at(0), HasSubstr("]  920/1,000  0 running     10/s  ETA    8 s"));
}

TEST(Progress, InAPipeIsRareAndPlain) {
  Shown shown;
  Progress progress(shown, Progress::Style::plain);
  progress.stage_started(0, stage(1024));
  progress.tasks_finished(0, 0, finished(128, Outcome::succeeded));
  for (int i = 0; i < 150; ++i) progress.tick(i * 100 * kMs);
  progress.tasks_finished(0, 0, finished(896, Outcome::failed));
  progress.stage_finished(15 * kSecond, {0, "hash", Outcome::failed, 1024, 1, 15 * kSecond, 0, ""});
  EXPECT_THAT(shown.lines, ElementsAre("stage hash: 1,024 tasks on thread with 8 workers",
                                       "stage hash: 128/1,024 done, 0 running, 13/s, ETA 70 s",
                                       "stage hash: failed, 1,024/1,024 done in 15.00 s, 896 failed"));
  EXPECT_TRUE(shown.frames.empty());
}

TEST(Progress, InAPipeManyStagesAreFoldedAndShortOnesHaveNoLine) {
  Shown shown;
  Progress progress(shown, Progress::Style::plain);
  for (std::uint32_t number = 0; number < 10; ++number) progress.stage_started(0, stage(100, number));
  progress.stage_started(9 * kSecond, stage(100, 10));
  shown.lines.clear();
  progress.tick(10 * kSecond);
  ASSERT_EQ(shown.lines.size(), 8u);
  EXPECT_EQ(shown.lines.at(6), "stage hash: 0/100 done, 0 running");
  EXPECT_EQ(shown.lines.at(7), "+3 more stages: 0/300 done, 0 running");
}

}  // namespace
}  // namespace ropewalk
