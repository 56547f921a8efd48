#include "jobs_note.hpp"

#include <gmock/gmock.h>

namespace ropewalk::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

struct Noted {
  void starts(std::uint32_t stage, std::string_view name, std::uint32_t workers, std::uint64_t tasks,
              std::string_view executor = "process") {
    note.stage_started(
        0,
        {.stage = stage, .name = name, .task = "sim.sleep", .executor = executor, .workers = workers, .tasks = tasks});
  }
  void runs(std::uint32_t stage, std::size_t count) {
    note.tasks_running(0, stage, std::vector<TaskRunning>(count, TaskRunning{}));
  }
  void ends(std::uint32_t stage, std::size_t count) {
    note.tasks_finished(
        0, stage, std::vector<TaskFinished>(count, TaskFinished{0, 1, Outcome::succeeded, 0, 0, 0, 0, 1, 0, true, ""}));
  }
  std::vector<std::string> lines;
  JobsNote note{8, [this](std::string_view line) { lines.emplace_back(line); }};
};

TEST(JobsNote, NamesTheLimitingStageAndItsSettingOnce) {
  Noted noted;
  noted.starts(0, "nap", 2, 8);
  noted.runs(0, 2);
  for (int i = 0; i < 5; ++i) noted.note.tick(i);
  EXPECT_THAT(noted.lines, ElementsAre("ropewalk: note: -j 8 has no effect on stage 'nap': it runs 2 tasks at a time, "
                                       "as its 'workers' allows (default: one per core); "
                                       "set 'workers: 8' in the stage or in 'defaults'\n"));
}

TEST(JobsNote, ASerialStageIsNamedAsSuch) {
  Noted noted;
  noted.starts(0, "nap", 1, 8, "serial");
  noted.runs(0, 1);
  noted.note.tick(0);
  EXPECT_THAT(noted.lines, ElementsAre(HasSubstr("its executor is serial; '--executor nap=process'")));
}

TEST(JobsNote, PrintsNothingWhileStagesTogetherUseAllJobs) {
  Noted noted;
  noted.starts(0, "a", 4, 100);
  noted.starts(1, "b", 4, 100);
  noted.runs(0, 4);
  noted.runs(1, 4);
  noted.note.tick(0);
  EXPECT_THAT(noted.lines, IsEmpty());
  noted.note.stage_finished(0, {.stage = 0,
                                .name = "a",
                                .outcome = Outcome::succeeded,
                                .tasks = 100,
                                .hosts = 4,
                                .wall_ns = 1,
                                .runnable_wait_ns = 0,
                                .why = ""});
  noted.note.tick(1);
  EXPECT_THAT(noted.lines, ElementsAre(HasSubstr("stage 'b'"))) << "b alone does not";
}

TEST(JobsNote, PrintsNothingWhenMoreWorkersWouldBeIdle) {
  Noted noted;
  noted.starts(0, "few", 2, 4);
  noted.runs(0, 1);
  noted.note.tick(0);
  EXPECT_THAT(noted.lines, IsEmpty()) << "one of its workers is idle: tasks wait to be tried again";
  noted.ends(0, 2);
  noted.runs(0, 2);
  noted.note.tick(1);
  EXPECT_THAT(noted.lines, IsEmpty()) << "its last two run";
}

}  // namespace
}  // namespace ropewalk::cli
