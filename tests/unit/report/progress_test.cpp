#include "report/progress.hpp"

#include <ropewalk/value.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ropewalk {
namespace {

using testing::ElementsAre;
using Frame = std::vector<std::string>;

constexpr std::int64_t kMs = 1'000'000, kSecond = 1000 * kMs;

class Shown final : public ProgressView {
 public:
  void frame(const Frame& lines) override { frames.push_back(lines); }
  void line(std::string_view text) override { lines.emplace_back(text); }
  unsigned width() override { return columns; }
  unsigned height() override { return 24; }
  std::vector<Frame> frames;
  std::vector<std::string> lines;
  unsigned columns = 100;
};

StageStarted stage(std::uint64_t tasks) { return {0, "hash", "file.checksum", "thread", 8, tasks}; }
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
      ElementsAre(Frame{"hash [....................] 0/1,024  0 running  0 s"},
                  Frame{"hash [##..................] 128/1,024  2 failed  8 running  64/s  ETA 14.00 s  2.00 s"},
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
                  ElementsAre("hash [....................] 0/5  0 running  5 waiting to retry  11.00 s"));
    else
      EXPECT_EQ(shown.lines.back(), "stage hash: 0/5 done, 5 waiting to retry");
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

TEST(Progress, OnATerminalTheLongestRunningTasksHaveALineEach) {
  Shown shown;
  Progress progress(shown, Progress::Style::live);
  progress.stage_started(0, stage(9));
  progress.tasks_started(0, 0, started(7));
  progress.task_slow(60 * kSecond, 0, {3, 2, 60 * kSecond});
  progress.tasks_running(
      61 * kSecond, 0,
      std::vector<TaskRunning>{{1, 1, 1 * kSecond, 7, 0}, {2, 1, 30 * kSecond, 7, 1}, {3, 2, 61 * kSecond, 7, 2}});
  progress.tick(61 * kSecond);
  ASSERT_EQ(shown.frames.size(), 2u);
  EXPECT_THAT(shown.frames.back(),
              ElementsAre("hash [....................] 0/9  3 running  61.00 s",
                          "  hash/3, attempt 2, running for 61 s, slow", "  hash/2 running for 30 s"));
}

TEST(Progress, TheLineOfALongTaskShowsTheLatestThatItSaysOfItsProgress) {
  Shown shown;
  Progress progress(shown, Progress::Style::live);
  progress.stage_started(0, stage(9));
  const auto frame_at = [&](std::int64_t t_ns) {
    progress.tasks_running(t_ns, 0, std::vector<TaskRunning>{{2, 1, 30 * kSecond, 7, 1}, {3, 2, 20 * kSecond, 7, 2}});
    progress.tick(t_ns);
    return Frame(shown.frames.back().begin() + 1, shown.frames.back().end());
  };
  progress.task_progress(kSecond, 0, {2, 1, 0.459, "rolling"});
  progress.task_progress(kSecond, 0, {3, 1, 0.5, "of an earlier attempt"});
  EXPECT_THAT(frame_at(kSecond),
              ElementsAre("  hash/2 running for 30 s, 45 %: rolling", "  hash/3, attempt 2, running for 20 s"));
  progress.task_progress(2 * kSecond, 0, {2, 1, 0.999});
  progress.task_progress(2 * kSecond, 0, {3, 2, 1, "a\x1b[2J tab\tand\nanother line"});
  EXPECT_THAT(frame_at(2 * kSecond), ElementsAre("  hash/2 running for 30 s, 99 %",
                                                 "  hash/3, attempt 2, running for 20 s, 100 %: a [2J tab and"));
  progress.tasks_finished(3 * kSecond, 0,
                          std::vector<TaskFinished>{{2, 1, Outcome::failed, 0, 0, 0, 0, 1, 0, false, "no"}});
  EXPECT_THAT(frame_at(3 * kSecond),
              ElementsAre("  hash/2 running for 30 s", "  hash/3, attempt 2, running for 20 s, 100 %: a [2J tab and"));
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
  EXPECT_EQ(live.frames.back().back(), "  hash/17 (日本語/写真.jpg) running for 51 s, slow");
  live.columns = 16;  // fifteen are used: two blanks, "hash/17", a blank, "(", and two wide characters
  frames.tick(62 * kSecond);
  EXPECT_EQ(live.frames.back().back(), "  hash/17 (日本");
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
    progress.stage_started(0, stage(1'000'000));
    progress.tasks_finished(0, 0, finished(10, Outcome::succeeded));
    progress.tick(kSecond);
    EXPECT_LT(shown.frames.back().at(0).size(), columns);
  }
}

TEST(Progress, OfAStreamShowsNoTotalYet) {
  Shown shown;
  Progress progress(shown, Progress::Style::live);
  progress.stage_started(0, stage(0));
  progress.tasks_started(0, 0, started(5));
  progress.tasks_finished(0, 0, finished(5, Outcome::succeeded));
  progress.tick(kSecond);
  EXPECT_EQ(shown.frames.back(), Frame{"hash 5  0 running  5.0/s  1.00 s"});
}

TEST(Progress, InAPipeIsRareAndPlain) {
  Shown shown;
  Progress progress(shown, Progress::Style::plain);
  progress.stage_started(0, stage(1024));
  progress.tasks_finished(0, 0, finished(128, Outcome::succeeded));
  for (int i = 0; i < 150; ++i) progress.tick(i * 100 * kMs);
  progress.tasks_finished(0, 0, finished(896, Outcome::failed));
  progress.stage_finished(15 * kSecond, {0, "hash", Outcome::failed, 1024, 1, 15 * kSecond, 0, ""});
  EXPECT_THAT(shown.lines, ElementsAre("stage hash: 1,024 tasks on thread with 8 workers", "stage hash: 128/1,024 done",
                                       "stage hash: failed, 1,024/1,024 done in 15.00 s, 896 failed"));
  EXPECT_TRUE(shown.frames.empty());
}

}  // namespace
}  // namespace ropewalk
