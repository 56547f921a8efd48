#include "report/stage_lines.hpp"

#include "base/columns.hpp"

#include <gmock/gmock.h>

namespace ropewalk {
namespace {

using testing::ElementsAre;

const Tally kConvert{.tasks = 1024, .counts = {.succeeded = 126, .failed = 2}, .retried = 1};
const Tally kPack{.tasks = 0, .counts = {.succeeded = 17}};
const Tally kUpload{.tasks = 40, .counts = {.succeeded = 10, .skipped = 3}, .waiting = 2};

std::vector<StageRow> rows() {
  return {{.name = "convert",
           .executor = "thread",
           .workers = 8,
           .tally = &kConvert,
           .running = 8,
           .per_second = 64,
           .seconds_left = 13.6,
           .elapsed_s = 2.5},
          {.name = "pack",
           .executor = "serial",
           .workers = 1,
           .tally = &kPack,
           .running = 1,
           .per_second = 0.16,
           .elapsed_s = 125},
          {.name = "upload-to-the-archive-of-the-institute",
           .executor = "process-per-task",
           .workers = 4,
           .tally = &kUpload,
           .running = 2,
           .per_second = 4,
           .seconds_left = 6000,
           .elapsed_s = 20}};
}

TEST(StageLines, At250ColumnsEverythingIsShown) {
  EXPECT_THAT(stage_lines(rows(), 249),
              ElementsAre("convert                                 thread x8            "
                          "[#######.....................................................]  128/1,024  8 running  "
                          "2 failed  1 retried                                    64/s  ETA   14 s     2 s",
                          "pack                                    serial               "
                          "                                                                     17/?  1 running  "
                          "                                                    9.6/min               2m05s",
                          "upload-to-the-archive-of-the-institute  process-per-task x4  "
                          "[###############.............................................]      10/40  2 running  "
                          "                     2 waiting to retry  3 skipped    4.0/s  ETA  1h40m    20 s"));
}

TEST(StageLines, At80ColumnsTheLeastImportantIsLeftOut) {
  EXPECT_THAT(stage_lines(rows(), 79),
              ElementsAre("convert             [.......] 128/1,024 8 running 2 failed 1 retried ETA   14 s",
                          "pack                               17/? 1 running",
                          "upload-t...nstitute [#......]     10/40 2 running                    ETA  1h40m"));
}

TEST(StageLines, At80ColumnsOneStageShowsWhatItDoes) {
  EXPECT_THAT(stage_lines(std::vector{rows()[0]}, 79),
              ElementsAre("convert thread x8 [#........] 128/1,024 8 running 2 failed 1 retried ETA   14 s"));
}

TEST(StageLines, At40ColumnsTheCountsAndTheEndAreLeft) {
  EXPECT_THAT(stage_lines(rows(), 39), ElementsAre("convert   128/1,024 2 failed ETA   14 s", "pack           17/?",
                                                   "upl...ute     10/40          ETA  1h40m"));
}

TEST(StageLines, AreNeverWiderThanTheTerminal) {
  for (std::size_t columns = 1; columns < 260; ++columns)
    for (const std::string& line : stage_lines(rows(), columns)) EXPECT_LE(columns_in(line), columns) << line;
}

TEST(StageLines, TheBarFillsWithTheTasksThatEndedAndIsFullAtTheEndOnly) {
  Tally tally{.tasks = 1000, .counts = {.succeeded = 999}};
  std::vector<StageRow> row{{.name = "s", .executor = "serial", .tally = &tally}};
  EXPECT_THAT(stage_lines(row, 60).front(), testing::HasSubstr("#.]"));
  tally.counts.failed = 1;
  EXPECT_THAT(stage_lines(row, 60).front(), testing::HasSubstr("##]"));
  tally.counts.succeeded = 5000;
  EXPECT_THAT(stage_lines(row, 60).front(), testing::HasSubstr("##]")) << "more tasks than were announced";
}

TEST(StageLines, FoldedStagesAreCountedTogether) {
  const auto all = rows();
  EXPECT_EQ(folded_line(all, false, 100), "+3 more stages: 155 done, 11 running, 2 failed");
  EXPECT_EQ(folded_line(std::span(all).first(1), false, 100), "+1 more stage: 128/1,024 done, 8 running, 2 failed");
  EXPECT_EQ(folded_line(all, true, 30), "3 stages: 155 done, 11 runn...");
}

}  // namespace
}  // namespace ropewalk
