#include "plan/executor_table.hpp"

#include <ropewalk/plan.hpp>

#include <gmock/gmock.h>

#include <fmt/format.h>

#include <string>
#include <vector>

namespace ropewalk {
namespace {

using testing::ElementsAre;

/// "thread 1x4": hosts, and workers of each; "~": a new thread for each task, "!": a new host.
std::vector<std::string> placements(std::uint32_t workers, std::uint32_t per_host) {
  std::vector<std::string> all;
  for (const ExecutorKind& executor : executor_kinds()) {
    const Placement placement = placement_of(executor, workers, per_host);
    all.push_back(fmt::format("{} {}x{}{}{}", executor.name, placement.hosts, placement.workers_per_host,
                              placement.thread_per_task ? "~" : "", placement.host_per_task ? "!" : ""));
  }
  return all;
}

TEST(ExecutorTable, WorkersArePlacedAsTheRowSays) {
  EXPECT_THAT(placements(4, 1), ElementsAre("serial 1x1", "thread 4x1", "process 4x1", "thread-per-task 4x1~",
                                            "process-per-task 4x1!", "auto 4x1"));
  EXPECT_THAT(placements(4, 4), ElementsAre("serial 1x1", "thread 1x4", "process 1x4", "thread-per-task 1x4~",
                                            "process-per-task 4x1!", "auto 4x1"));
  EXPECT_THAT(placements(5, 2), ElementsAre("serial 1x1", "thread 3x2", "process 3x2", "thread-per-task 3x2~",
                                            "process-per-task 5x1!", "auto 5x1"));
}

TEST(ExecutorTable, OnlyTasksThatShareAProcessCannotBeHeldOneByOne) {
  const auto sharing = [](unsigned workers, unsigned per_host) {
    std::vector<std::string> names;
    for (const ExecutorKind& executor : executor_kinds()) {
      PlannedStage stage;
      stage.executor = executor.name;
      stage.workers = workers;
      stage.per_host = per_host;
      if (shares_a_process(stage)) names.emplace_back(executor.name);
    }
    return names;
  };
  EXPECT_THAT(sharing(4, 1), ElementsAre());
  EXPECT_THAT(sharing(1, 1), ElementsAre("thread", "thread-per-task")) << "on another machine there are more workers";
  EXPECT_THAT(sharing(4, 2), ElementsAre("serial", "thread", "process", "thread-per-task", "process-per-task", "auto"));
}

TEST(ExecutorTable, OnlyReusedProcessesOfOneWorkerRunTasksInTurn) {
  std::vector<std::string> in_turn;
  for (const ExecutorKind& executor : executor_kinds()) {
    if (runs_in_turn(executor, 1)) in_turn.emplace_back(executor.name);
    EXPECT_FALSE(runs_in_turn(executor, 2)) << executor.name;
  }
  EXPECT_THAT(in_turn, ElementsAre("serial", "process"));
}

TEST(ExecutorTable, AutoHasTheWorkersOfWhatItUsed) {
  using Worker = ExecutorKind::Worker;
  EXPECT_EQ(worker_kind("auto", {}), Worker::reused);
  EXPECT_EQ(worker_kind("process-per-task", {}), Worker::process_a_task);
  AutoChoice choice{.executor = "process"};
  EXPECT_EQ(worker_kind("auto", choice), Worker::reused);
  choice.modes.push_back({.executor = "process-per-task"});
  EXPECT_EQ(worker_kind("auto", choice), Worker::process_a_task);
}

TEST(ExecutorTable, NamesAreListedByWhatTasksShare) {
  EXPECT_THAT(executor_names(),
              ElementsAre("serial", "thread", "thread-per-task", "process", "process-per-task", "auto"));
  for (const std::string& name : executor_names()) EXPECT_EQ(find_executor(name)->name, name);
  EXPECT_EQ(find_executor("slurm"), nullptr);
}

}  // namespace
}  // namespace ropewalk
