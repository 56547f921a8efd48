// Memory of a task's children, and of hosts whose memory no rlimit counts: limited by control groups where they can be
// created. Elsewhere the suite of overrun_faults_test.cpp applies; here it also runs without groups on purpose.

#include "faults/account.hpp"
#include "faults/fail_at.hpp"
#include "faults/fault_test.hpp"
#include "faults/processes.hpp"
#include "base/folder_entries.hpp"
#include "base/memory_groups.hpp"
#include "support/hand_plan.hpp"

#include <gmock/gmock.h>

#include <csignal>
#include <filesystem>
#include <sys/wait.h>
#include <unistd.h>

namespace ropewalk {
namespace {

using test::Account;
using test::eventually;
using test::FailAt;
using test::options;
using test::plan;
using test::rows;
using test::stage;
using testing::HasSubstr;

constexpr std::uint64_t kLimit = 64 << 20;
constexpr const char* kMessage = "the task used more memory than its limit of 64 MiB (limits.memory)";
constexpr const char* kNoGroups = "no memory group can be made here; twin: WithoutGroups.*";

/// Created by the process with that pid, anywhere.
std::vector<std::string> groups_of(pid_t engine) {
  const std::string prefix = "ropewalk-" + std::to_string(engine) + "-";
  std::vector<std::string> found;
  for (const GroupFolder& place : memory_group_folders()) {
    for (const auto& entry : folder_entries(place.path))
      if (entry.filename().string().starts_with(prefix)) found.push_back(entry.string());
  }
  return found;
}

bool can_make_groups() { return MemoryGroups().make(kLimit) != nullptr; }

Plan shell(Engine& engine, const std::string& executor, const std::string& script, std::uint64_t tasks = 1) {
  const Value argv = List{"bash", "-c", script};
  return plan({stage(
      engine.plugin("shell").value(), "run", tasks,
      {.executor = executor, .with = {{.name = "argv", .constant = argv}}, .limits = {.memory_bytes = kLimit}})});
}

struct MemoryLimit : test::Watched, testing::WithParamInterface<std::string> {};

/// 200 MB of shared memory, which no process's data segment includes.
constexpr const char* kSharedMemory =
    "exec 3<>/dev/shm/ropewalk-test-$$; rm /dev/shm/ropewalk-test-$$; head -c 200m /dev/zero >&3";

TEST_P(MemoryLimit, R11_CountsTheChildrenOfATaskAndNamesTheLimit) {
  if (!can_make_groups()) GTEST_SKIP() << kNoGroups;
  Engine engine(options());
  const RunResult result = engine.run(shell(engine, GetParam(), kSharedMemory, 3), {.keep_results = true});
  EXPECT_FALSE(result.broken) << result.why;
  const auto ended = rows(result);
  ASSERT_EQ(ended.size(), 3u);
  for (const auto& row : ended) {
    EXPECT_EQ(row.outcome, Outcome::out_of_memory) << row.message;
    EXPECT_EQ(row.message, kMessage);
  }
}

TEST_P(MemoryLimit, BelowTheLimitNothingIsAffected) {
  Engine engine(options());
  const RunResult result = engine.run(
      shell(engine, GetParam(),
            "exec 3<>/dev/shm/ropewalk-test-$$; rm /dev/shm/ropewalk-test-$$; head -c 20m /dev/zero >&3", 3));
  EXPECT_EQ(result.outcome, Outcome::succeeded) << result.why;
}

TEST_P(MemoryLimit, GroupsAreRemovedWithTheEngineAndRecreatedAfterDismiss) {
  if (!can_make_groups()) GTEST_SKIP() << kNoGroups;
  {
    Engine engine(options());
    EXPECT_EQ(groups_of(::getpid()).size(), 0u);
    for (int round = 0; round < 2; ++round) {
      const RunResult result = engine.run(shell(engine, GetParam(), "cat /proc/self/cgroup"), {.keep_results = true});
      ASSERT_EQ(result.outcome, Outcome::succeeded) << result.why;
      EXPECT_THAT(to_json(rows(result).at(0).value), HasSubstr("/ropewalk-" + std::to_string(::getpid()) + "-"))
          << "round " << round;
      EXPECT_EQ(groups_of(::getpid()).size(), 1u);
      engine.dismiss();
    }
  }
  EXPECT_THAT(groups_of(::getpid()), testing::IsEmpty());
}

TEST_P(MemoryLimit, E01_GroupsAreRemovedAfterTheEngineIsKilled) {
  if (!can_make_groups()) GTEST_SKIP() << kNoGroups;
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(test::kWatchdogSeconds);
    Engine engine(options());
    engine.run(shell(engine, GetParam(), "setsid sleep 5000 & sleep 5000", 4));
    ::_exit(0);
  }
  ASSERT_TRUE(eventually([&] {
    for (const std::string& folder : groups_of(child)) {
      std::error_code failed;
      for (const auto& entry : folder_entries(folder))
        if (std::filesystem::is_directory(entry, failed) && !test::whole_file(entry / "cgroup.procs").empty())
          return true;
    }
    return false;
  })) << "no host was ever in a group";
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  EXPECT_TRUE(eventually([&] { return groups_of(child).empty(); })) << testing::PrintToString(groups_of(child));
}

INSTANTIATE_TEST_SUITE_P(Every, MemoryLimit,
                         testing::Values("serial", "thread", "process", "thread-per-task", "process-per-task"),
                         [](const auto& info) {
                           std::string name = info.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

struct WithoutGroups : test::Watched, testing::WithParamInterface<std::string> {};

TEST_P(WithoutGroups, R11_W11_MemoryBeyondTheLimitEndsTheTaskAndNamesTheLimit) {
  const FailAt nowhere("memory_groups.find=err:EACCES", FailAt::Here::yes);
  Engine engine(options());
  for (const char* deed : {"allocate_too_much", "hog"}) {
    const Plan one =
        plan({stage(engine.plugin("deed_at").value(), "do", 4,
                    {.executor = GetParam(),
                     .with = {{.name = "deed", .constant = deed}, {.name = "at", .constant = std::int64_t{2}}},
                     .limits = {.memory_bytes = kLimit}})});
    const RunResult result = engine.run(one, {.keep_results = true});
    EXPECT_FALSE(result.broken) << result.why;
    for (const auto& row : rows(result))
      EXPECT_EQ(row.outcome, row.index == 2 ? Outcome::out_of_memory : Outcome::succeeded)
          << row.index << ": " << row.message;
    EXPECT_EQ(rows(result).at(2).message, kMessage) << deed;
  }
  EXPECT_THAT(groups_of(::getpid()), testing::IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Every, WithoutGroups,
                         testing::Values("serial", "thread", "process", "thread-per-task", "process-per-task"),
                         [](const auto& info) {
                           std::string name = info.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace ropewalk
