#include <ropewalk/history.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ropewalk {
namespace {

const std::vector<RecordedStage> kStages{{.number = 0, .name = "fetch", .tasks = 1},
                                         {.number = 1, .name = "hash", .tasks = 3},
                                         {.number = 2, .name = "later"},
                                         {.number = 3, .name = "none", .tasks = 0}};

std::string task_error(std::string_view word) {
  const auto found = find_task(word, kStages);
  if (found) return "found";
  const Error error = found.error().list.front();
  return error.code + ": " + error.message + (error.notes.empty() ? "" : "; " + error.notes.front());
}

TEST(FindTask, TakesTheStageAndTheIndex) {
  const auto found = find_task("hash/2", kStages);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->stage, 1u);
  EXPECT_EQ(found->index, 2u);
  EXPECT_EQ(task_error("later/1000"), "found") << "the number of its tasks is not known";
}

TEST(FindTask, RefusesAnythingElse) {
  for (const char* word : {"hash", "hash/", "hash/-1", "hash/1x", "hash/ 1", "", "/", "hash/99999999999999999999"})
    EXPECT_EQ(task_error(word), std::string("C104: a task is named STAGE/INDEX, such as hash/17, not '") + word + "'");
}

TEST(FindTask, NamesTheStagesAndTheIndicesThatThereAre) {
  EXPECT_EQ(task_error("hahs/0"),
            "C118: the run has no stage 'hahs'; did you mean 'hash'?; its stages are: fetch, hash, later, none");
  EXPECT_EQ(task_error("hash/3"),
            "C118: stage 'hash' of the run has 3 tasks, 0 to 2, and no task 3; 'ropewalk show RUN' names the tasks "
            "that failed");
  EXPECT_EQ(task_error("fetch/1").substr(0, 60), "C118: stage 'fetch' of the run has 1 task, 0 to 0, and no ta");
  EXPECT_EQ(task_error("none/0").substr(0, 52), "C118: stage 'none' of the run has no tasks, and no t");
}

}  // namespace
}  // namespace ropewalk
