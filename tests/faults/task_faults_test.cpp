// One task of a stage causes a fault: its outcome describes the fault, it ends once, and all others keep their results.
// Over every executor, because the guarantee does not depend on it. Also plugins that cause faults while they are
// loaded.

#include "faults/account.hpp"
#include "faults/fault_test.hpp"
#include "faults/processes.hpp"
#include "support/hand_plan.hpp"
#include "support/scratch.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <csignal>

namespace ropewalk {
namespace {

using test::Account;
using test::engine;
using test::eventually;
using test::Mark;
using test::options;
using test::plan;
using test::rows;
using test::stage;
using test::Watched;
using testing::HasSubstr;

constexpr std::uint64_t kTasks = 12, kAt = 5;
constexpr unsigned kWorkers = 3;

class TaskFaults : public Watched, public testing::WithParamInterface<std::string> {
 protected:
  /// Runs the stage, and checks the guarantees that hold for any fault of one of its tasks.
  Account::Ending ending_of(const std::string& deed) {
    SCOPED_TRACE(deed);
    account_ = Account();
    const Plan one =
        plan({stage(engine().plugin("deed_at").value(), "do", kTasks,
                    {.executor = GetParam(),
                     .workers = kWorkers,
                     .with = {{.name = "deed", .constant = deed}, {.name = "at", .constant = std::int64_t{kAt}}}})});
    const RunResult result = engine().run(one, account_, {.keep_results = true});
    EXPECT_FALSE(result.broken) << result.why;
    EXPECT_EQ(result.tasks(), kTasks);
    for (std::uint64_t i = 0; i < kTasks; ++i)
      EXPECT_EQ(account_.endings[i].times, 1) << "task " << i << " must end exactly once";
    const auto all = rows(result);
    EXPECT_EQ(all.size(), kTasks);
    for (const auto& row : all) {
      if (row.index == kAt) continue;
      EXPECT_EQ(row.outcome, Outcome::succeeded) << row.index << ": " << row.message;
      EXPECT_EQ(row.value, Value(Map{{"index", static_cast<std::int64_t>(row.index)}, {"daemon", std::int64_t{0}}}))
          << row.index;
    }
    if (HasFailure())
      ADD_FAILURE() << account_.hosts.size() << " hosts, " << account_.started << " attempts; hosts "
                    << testing::PrintToString(account_.ends) << "; task " << kAt << ": "
                    << outcome_name(account_.endings[kAt].outcome) << " " << account_.endings[kAt].message;
    return account_.endings[kAt];
  }
  void expect_crash(const std::string& deed, int signal, const std::string& name) {
    const Account::Ending ending = ending_of(deed);
    EXPECT_EQ(ending.outcome, Outcome::crashed)
        << deed << ": " << outcome_name(ending.outcome) << " " << ending.message;
    EXPECT_EQ(ending.detail, signal) << deed;
    EXPECT_THAT(ending.message, HasSubstr(name)) << deed;
  }
  void expect_exit(const std::string& deed, int code) {
    const Account::Ending ending = ending_of(deed);
    EXPECT_EQ(ending.outcome, Outcome::exited) << deed << ": " << outcome_name(ending.outcome) << " " << ending.message;
    EXPECT_EQ(ending.detail, code) << deed;
    EXPECT_THAT(ending.message, HasSubstr("exit code " + std::to_string(code))) << deed;
  }
  void expect_failure(const std::string& deed, const std::string& text) {
    const Account::Ending ending = ending_of(deed);
    EXPECT_EQ(ending.outcome, Outcome::failed) << deed << ": " << outcome_name(ending.outcome) << " " << ending.message;
    EXPECT_THAT(ending.message, HasSubstr(text)) << deed;
    EXPECT_FALSE(ending.message.empty()) << deed;
  }
  Account account_;
};

TEST_P(TaskFaults, W01_ATaskKilledBySigkillFailsAlone) { expect_crash("kill", SIGKILL, "SIGKILL"); }

TEST_P(TaskFaults, W06_AFaultingTaskIsReportedWithItsSignal) {
  expect_crash("segv", SIGSEGV, "SIGSEGV");
  expect_crash("bus", SIGBUS, "SIGBUS");
  expect_crash("fpe", SIGFPE, "SIGFPE");
  expect_crash("ill", SIGILL, "SIGILL");
  expect_crash("abort", SIGABRT, "SIGABRT");
}

TEST_P(TaskFaults, W07_ATaskThatExitsWithSuccessHasNotSucceeded) {
  expect_exit("exit0", 0);
  expect_exit("exit_fast", 0);
  expect_exit("quick_exit", 0);
}

TEST_P(TaskFaults, P01_ExceptionsOfEveryKindFailTheirTaskAndNoHost) {
  expect_failure("throw_int", "int");
  expect_failure("throw_nested", "cannot read the header");
  expect_failure("throw_nested", "the disk is on fire");
  expect_failure("throw_empty", "");
  expect_failure("throw_long", "xxxxxxxx");
  expect_failure("fail_without_reason", "");
}

TEST_P(TaskFaults, P02_AForbiddenExceptionIsAnAbort) {
  expect_crash("throw_noexcept", SIGABRT, "SIGABRT");
  expect_crash("terminate_from_thread", SIGABRT, "SIGABRT");
}

TEST_P(TaskFaults, P03_ATaskThatEndsItsThreadFailsAndItsHostContinues) {
  expect_failure("thread_cancel", "pthread_exit");
  expect_failure("thread_exit", "pthread_exit");
  if (GetParam() == "process-per-task") return;  // its hosts end with each task
  EXPECT_LE(account_.hosts.size(), GetParam() == "process" ? kWorkers : 1u) << "a host was replaced";
  // A later task ran in this process, in which the thread was ended.
  if (GetParam() != "serial") return;
  EXPECT_EQ(account_.endings[kAt].host, account_.endings[kTasks - 1].host);
}

TEST_P(TaskFaults, P04_AStackOverflowIsNamed) { expect_crash("stack_overflow", SIGSEGV, "stack overflow"); }

TEST_P(TaskFaults, P05_ADoubleFreeIsAnAbort) { expect_crash("double_free", SIGABRT, "SIGABRT"); }

TEST_P(TaskFaults, P05_ATaskThatOverwritesSharedMemoryDestroysNoOtherResult) {
  const Account::Ending ending = ending_of("scribble_shared");
  EXPECT_NE(ending.outcome, Outcome::not_started);
}

TEST_P(TaskFaults, P05_ATaskThatOverwritesSharedMemoryAndDiesDestroysNoOtherResult) {
  EXPECT_TRUE(is_failure(ending_of("scribble_and_die").outcome));
}

TEST_P(TaskFaults, P06_ATaskThatEndsItsProcessIsReportedWithCodeOrSignal) {
  expect_exit("exit3", 3);
  expect_crash("raise_term", SIGTERM, "SIGTERM");
}

TEST_P(TaskFaults, P07_AChildThatReturnsFromTheTaskCannotReportForItsWorker) {
  for (const char* deed : {"fork_and_return", "fork_child_lingers"})
    EXPECT_EQ(ending_of(deed).outcome, Outcome::succeeded) << deed;
}

TEST_P(TaskFaults, P08_ATaskThatReapsOrBlocksSignalsAffectsNoOther) {
  for (const char* deed : {"reap_all", "block_signals"}) EXPECT_EQ(ending_of(deed).outcome, Outcome::succeeded) << deed;
}

TEST_P(TaskFaults, P11_AThreadThatOutlivesItsTaskAffectsNoOther) {
  EXPECT_EQ(ending_of("leak_thread").outcome, Outcome::succeeded);
}

TEST_P(TaskFaults, P13_ATaskThatFreesMemoryOfTheHostIsAnAbort) {
  expect_crash("free_foreign_memory", SIGABRT, "SIGABRT");
}

TEST_P(TaskFaults, R11_ATaskThatRequestsFarTooMuchMemoryFails) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "a sanitizer keeps its own memory";
#endif
  const Account::Ending ending = ending_of("allocate_100_gb");
  if (ending.outcome == Outcome::succeeded)
    GTEST_SKIP() << "this machine promises memory that it does not have; twin: Overrun.R11_W11";
  EXPECT_EQ(ending.outcome, Outcome::failed) << ending.message;
  EXPECT_EQ(ending.message, "out of memory (std::bad_alloc)");
}

TEST_P(TaskFaults, C11_ManyChildrenOfATaskAffectNoOther) {
  EXPECT_EQ(ending_of("fork_many").outcome, Outcome::succeeded);
}

TEST_P(TaskFaults, P10_GarbageOnTheStandardDescriptorsIsHarmlessAndReported) {
  EXPECT_EQ(ending_of("scribble_fds").outcome, Outcome::succeeded);
  if (GetParam() != "process") return;
  EXPECT_THAT(account_.output[kAt], HasSubstr("garbage"));
  EXPECT_EQ(account_.output[kAt].size(), 2u * 100 * 15);
  for (const auto& [index, text] : account_.output)
    EXPECT_EQ(index, kAt) << "output of another task: " << text.substr(0, 40);
}

TEST_P(TaskFaults, P10_TheOutputOfEveryTaskIsReported) {
  Account account;
  const RunResult result = engine().run(
      plan({stage(engine().plugin("zoo").value(), "print", 4,
                  {.executor = GetParam(),
                   .workers = 2,
                   .with = {{.name = "out",
                             .make = [](const Value&,
                                        std::uint64_t index) { return Value("said " + std::to_string(index) + "\n"); }},
                            {.name = "err", .constant = ""},
                            {.name = "fill", .constant = std::int64_t{0}}}})}),
      account);
  EXPECT_EQ(result.outcome, Outcome::succeeded) << result.why;
  std::string all = account.printed;
  for (const auto& [index, text] : account.output) all += text;
  for (int i = 0; i < 4; ++i) EXPECT_THAT(all, HasSubstr("said " + std::to_string(i) + "\n"));
  EXPECT_EQ(all.size(), 4 * std::string("said 0\n").size()) << all;
}

TEST_P(TaskFaults, P10_TextWrittenThroughTheNameOfAStandardFileIsItsOutput) {
  const std::vector<std::string> paths{"/dev/stdout", "/dev/stderr", "/proc/self/fd/1", "/dev/fd/2"},
      ways{"open", "openat", "creat", "fopen", "ofstream"};
  std::vector<std::string> wanted;
  for (const std::string& path : paths)
    for (const std::string& how : ways) wanted.push_back("before\n" + how + " " + path + "\nafter\n");
  const auto part = [](const std::vector<std::string>& of, std::size_t index) { return Value(of[index % of.size()]); };
  Account account;
  const RunResult result = engine().run(
      plan({stage(
          engine().plugin("reopener").value(), "reopen", wanted.size(),
          {.executor = GetParam(),
           .workers = 2,
           .with = {{.name = "path",
                     .make = [&](const Value&, std::uint64_t index) { return part(paths, index / ways.size()); }},
                    {.name = "how", .make = [&](const Value&, std::uint64_t index) { return part(ways, index); }}}})}),
      account);
  EXPECT_EQ(result.outcome, Outcome::succeeded) << account.endings[0].message;
  std::string all = account.printed;
  for (const auto& [index, text] : account.output) all += text;
  const bool mixed = GetParam().starts_with("thread");  // with output of other threads at the same time
  for (const std::string& each : wanted) EXPECT_THAT(all, HasSubstr(mixed ? each.substr(7, each.size() - 13) : each));
  std::size_t size = 0;
  for (const std::string& each : wanted) size += each.size();
  EXPECT_EQ(all.size(), size) << all;
}

TEST_P(TaskFaults, P10_ATaskThatMovesTheOffsetOfItsOutputAffectsNoOther) {
  EXPECT_EQ(ending_of("move_output").outcome, Outcome::succeeded);
}

TEST_P(TaskFaults, R12_OutputBeyondTheLimitFailsTheTaskOrIsCounted) {
  constexpr std::int64_t kLimit = 64 << 10;
  const auto print = [&](std::int64_t fill, Account& account, Limits limits) {
    return engine().run(plan({stage(engine().plugin("zoo").value(), "print", 1,
                                    {.executor = GetParam(),
                                     .workers = 2,
                                     .with = {{.name = "out", .constant = ""},
                                              {.name = "err", .constant = ""},
                                              {.name = "fill", .constant = fill}},
                                     .limits = limits})}),
                        account);
  };
  Account within, beyond;
  EXPECT_EQ(print(kLimit, within, {.output_bytes = kLimit}).outcome, Outcome::succeeded) << within.endings[0].message;
  EXPECT_THAT(within.warnings, testing::IsEmpty());
  print(kLimit + 1000, beyond, {.output_bytes = kLimit});
  if (GetParam() == "serial" || GetParam() == "process" || GetParam() == "process-per-task") {
    EXPECT_EQ(beyond.endings[0].outcome, Outcome::failed);
    EXPECT_EQ(beyond.endings[0].message,
              "the task wrote more than its limit of 64 KiB to standard output and error (limits.output)");
  } else {
    EXPECT_EQ(beyond.endings[0].outcome, Outcome::succeeded) << beyond.endings[0].message;
    EXPECT_THAT(beyond.warnings,
                testing::ElementsAre("stage 'stage': 1000 bytes that its tasks printed were not kept (limits.output)"));
    EXPECT_EQ(beyond.printed.size(), static_cast<std::size_t>(kLimit));
  }
}

TEST_P(TaskFaults, R12_APipeFullOfOutputIsReadWhileTheTaskWrites) {
  Account account;
  const RunResult result =
      engine().run(plan({stage(engine().plugin("zoo").value(), "print", 2,
                               {.executor = GetParam(),
                                .workers = 2,
                                .with = {{.name = "out", .constant = ""},
                                         {.name = "err", .constant = ""},
                                         {.name = "fill", .constant = std::int64_t{3'000'000}}}})}),
                   account);
  EXPECT_EQ(result.outcome, Outcome::succeeded) << result.why;
  if (GetParam().starts_with("thread")) {
    EXPECT_EQ(account.printed.size(), 6'000'000u);
    EXPECT_THAT(account.warnings, testing::IsEmpty());
  } else {
    EXPECT_THAT(account.warnings,
                testing::ElementsAre(
                    "stage 'stage': 2 tasks printed more at once than is kept; a larger limits.output keeps more"));
  }
}

/// Reads nothing more of a verbose task until the task has written everything.
struct SlowListener final : Account {
  explicit SlowListener(std::filesystem::path done) : done(std::move(done)) {}
  void task_said(std::int64_t, std::uint32_t, const TaskSaid&) override {
    ++lines;
    for (int i = 0; i < 20'000 && !std::filesystem::exists(done); ++i) ::usleep(1000);
  }
  const std::filesystem::path done;
  std::uint64_t lines = 0;
};

TEST_P(TaskFaults, Z07_DroppedLogLinesAreCountedOncePerStage) {
  constexpr std::uint64_t kLines = 100'000;
  const test::Scratch scratch;
  SlowListener listener(scratch / "done");
  const RunResult result =
      engine().run(plan({stage(engine().plugin("zoo").value(), "talk", 1,
                               {.executor = GetParam(),
                                .workers = 1,
                                .with = {{.name = "lines", .constant = static_cast<std::int64_t>(kLines)},
                                         {.name = "done", .constant = Path{listener.done}}}})}),
                   listener);
  EXPECT_EQ(result.outcome, Outcome::succeeded) << result.why;
  EXPECT_LT(listener.lines, kLines);
  EXPECT_THAT(listener.warnings,
              testing::ElementsAre("stage 'stage': " + std::to_string(kLines - listener.lines) +
                                   " log lines were dropped: its tasks log faster than the engine reads"));
}

TEST_P(TaskFaults, Z07_BytesCutFromALongLogLineAreCounted) {
  Account account;
  EXPECT_EQ(engine()
                .run(plan({stage(engine().plugin("zoo").value(), "talk", 2,
                                 {.executor = GetParam(),
                                  .with = {{.name = "lines", .constant = std::int64_t{0}},
                                           {.name = "length", .constant = std::int64_t{1500}}}})}),
                     account)
                .outcome,
            Outcome::succeeded);
  EXPECT_THAT(account.warnings,
              testing::ElementsAre("stage 'stage': 952 bytes of log lines beyond 1 KiB were not kept"));
}

TEST_P(TaskFaults, I06_ATaskThatClosesEveryDescriptorDestroysNoOtherResult) { ending_of("close_fds"); }

TEST_P(TaskFaults, P18_AnUndeclaredResultFailsItsTask) {
  const Account::Ending ending = ending_of("bad_position");
  EXPECT_EQ(ending.outcome, Outcome::failed);
  EXPECT_FALSE(ending.message.empty());
}

TEST_P(TaskFaults, P18_AResultOfAnotherTypeFailsItsTask) {
  Account account;
  engine().run(plan({stage(engine().plugin("zoo").value(), "wrong_type", 4, {.executor = GetParam()})}), account);
  ASSERT_EQ(account.endings.size(), 4u);
  for (const auto& [index, ending] : account.endings) {
    EXPECT_EQ(ending.times, 1);
    EXPECT_EQ(ending.outcome, Outcome::failed) << index << ending.message;
    EXPECT_FALSE(ending.message.empty());
  }
}

INSTANTIATE_TEST_SUITE_P(Every, TaskFaults,
                         testing::Values("thread", "process", "thread-per-task", "process-per-task", "serial"),
                         [](const auto& info) {
                           std::string name = info.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

/// Each test has its own engine, so that its leftovers can be told from those of others.
struct LoadFaults : Watched {
  /// The first diagnostic, as "code message notes"; empty if the plugin was loaded. Checks for leftovers.
  std::string refusal(const std::string& name) {
    Engine engine(options());
    const auto loaded = engine.plugin(name);
    if (loaded) return {};
    EXPECT_TRUE(eventually([&] { return mark_.processes("ropewalk-host").empty(); }))
        << name << " left " << mark_.list();
    const Error error = loaded.error().list.front();  // error() returns a copy
    std::string text = std::string(error.code) + " " + error.message;
    for (const std::string& note : error.notes) text += "\n" + note;
    return text;
  }
  void expect_nothing_left() {
    EXPECT_TRUE(eventually([&] { return mark_.processes().empty(); })) << mark_.list();
  }
  Mark mark_;
};

TEST_F(LoadFaults, W08_L06_APluginThatExitsWithSuccessOnLoadIsRejected) {
  EXPECT_THAT(refusal("exits_on_load"), testing::AllOf(testing::StartsWith("P111"), HasSubstr("exits_on_load")));
  expect_nothing_left();
}
TEST_F(LoadFaults, L06_APluginThatThrowsOnLoadIsRejectedWithTheTypeOfTheException) {
  EXPECT_THAT(refusal("throws_on_load"), testing::AllOf(testing::StartsWith("P111"), HasSubstr("throws_on_load"),
                                                        HasSubstr("std::runtime_error")));
  expect_nothing_left();
}
TEST_F(LoadFaults, L06_APluginThatHangsOnLoadIsRejectedInTime) {
  EXPECT_THAT(refusal("hangs_on_load"), testing::StartsWith("P112"));
  expect_nothing_left();
}
TEST_F(LoadFaults, L06_APluginThatStartsAThreadOnLoadLeavesNothingRunning) {
  EXPECT_EQ(refusal("threads_on_load"), "");
  expect_nothing_left();
}
TEST_F(LoadFaults, L06_APluginThatForksOnLoadWorksAndItsChildIsKilled) {
  {
    Engine engine(options());
    const auto plugin = engine.plugin("forks_on_load");
    ASSERT_TRUE(plugin);
    for (const char* executor : {"process", "thread"})
      EXPECT_EQ(engine.run(plan({stage(*plugin, "nothing", 20, {.executor = executor})})).stages.at(0).succeeded, 20u)
          << executor;
  }
  expect_nothing_left();
}
TEST_F(LoadFaults, I08_APluginThatSendsMessagesOfItsHostOnLoadIsRejected) {
  EXPECT_THAT(refusal("speaks_on_load"), testing::AllOf(testing::StartsWith("P111"), HasSubstr("speaks_on_load"),
                                                        HasSubstr("broke the protocol")));
  expect_nothing_left();
}
TEST_F(LoadFaults, L10_APluginFindsALibraryInItsFolder) {
  {
    Engine engine(options());
    const auto plugin = engine.plugin("with_library");
    ASSERT_TRUE(plugin) << plugin.error().list.front().message;
    const RunResult run = engine.run(plan({stage(*plugin, "books", 1, {})}));
    EXPECT_EQ(run.stages.at(0).succeeded, 1u);
  }
  expect_nothing_left();
}
TEST_F(LoadFaults, P01_AnExceptionOfALibrarysOwnTypeFailsItsTaskAndNoHost) {
  {
    Engine engine(options());
    const auto plugin = engine.plugin("with_library");
    ASSERT_TRUE(plugin) << plugin.error().list.front().message;
    for (const char* executor : {"serial", "thread", "process", "thread-per-task", "process-per-task"}) {
      Account account;
      engine.run(plan({stage(*plugin, "collapse", 4, {.executor = executor})}), account);
      ASSERT_EQ(account.endings.size(), 4u) << executor;
      for (const auto& [index, ending] : account.endings) {
        EXPECT_EQ(ending.outcome, Outcome::failed) << executor << ": " << ending.message;
        EXPECT_THAT(ending.message, HasSubstr("shelf::Collapsed")) << executor;
      }
    }
  }
  expect_nothing_left();
}
TEST_F(LoadFaults, L05_AMissingEntryIsNamed) {
  EXPECT_THAT(refusal("no_entry"), testing::AllOf(testing::StartsWith("P106"), HasSubstr("ropewalk_plugin_v1")));
}
TEST_F(LoadFaults, L05_AnUndefinedSymbolIsNamedBeforeAnyTask) {
  EXPECT_THAT(refusal("undefined_symbol"),
              testing::AllOf(testing::StartsWith("P110"), HasSubstr("ropewalk_test_function_that_nobody_defines")));
}
TEST_F(LoadFaults, L05_AMissingLibraryIsNamedBeforeAnyTask) {
  const test::Scratch folder;
  std::filesystem::copy_file(ROPEWALK_BUILD "/tests/hostile_plugins/with_library.so", folder / "with_library.so");
  EngineOptions alone = options();
  alone.plugin_folders = {folder.path()};
  Engine engine(alone);
  const auto loaded = engine.plugin("with_library");
  ASSERT_FALSE(loaded);
  const Error error = loaded.error().list.front();
  EXPECT_EQ(error.code, std::string("P110"));
  EXPECT_THAT(error.message, HasSubstr("libshelf.so"));
}
TEST_F(LoadFaults, L04_AnotherAbiIsRejectedWithBothVersions) {
  EXPECT_THAT(refusal("next_abi"), testing::AllOf(testing::StartsWith("P107"), HasSubstr("2"), HasSubstr("1")));
  EXPECT_THAT(refusal("needs_newer_host"), testing::AllOf(testing::StartsWith("P107"), HasSubstr("1000")));
}
TEST_F(LoadFaults, L05_APluginOfAnotherNameIsRejected) {
  EXPECT_THAT(refusal("misnamed"), testing::AllOf(testing::StartsWith("P1"), HasSubstr("somebody_else")));
}
TEST_F(LoadFaults, W08_AfterPluginsThatFailToLoadTheSameEngineRuns) {
  {
    Engine engine(options());
    for (const char* name : {"exits_on_load", "throws_on_load", "undefined_symbol"})
      EXPECT_FALSE(engine.plugin(name)) << name;
    EXPECT_EQ(engine.run(plan({stage(engine.plugin("sim").value(), "noop", 10, {})})).stages.at(0).succeeded, 10u);
  }
  expect_nothing_left();
}

}  // namespace
}  // namespace ropewalk
