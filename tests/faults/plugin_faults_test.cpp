// Plugins and their files: what plugins leave behind, changes to a file in use, clashes of two plugins, and tasks that
// attack the processes of the engine.

#include "faults/account.hpp"
#include "faults/fail_at.hpp"
#include "faults/fault_test.hpp"
#include "faults/processes.hpp"
#include "support/hand_plan.hpp"
#include "support/scratch.hpp"

#include <gmock/gmock.h>

#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <fstream>
#include <functional>
#include <map>
#include <set>
#include <thread>

namespace ropewalk {
namespace {

using test::Account;
using test::eventually;
using test::Mark;
using test::options;
using test::plan;
using test::rows;
using test::Scratch;
using test::stage;
using testing::HasSubstr;

constexpr const char* kExecutors[] = {"serial", "thread", "process", "thread-per-task", "process-per-task"};

struct PluginFaults : test::Watched {
  void expect_nothing_left() {
    EXPECT_TRUE(eventually([&] { return mark_.processes().empty(); })) << mark_.list();
  }
  Mark mark_;
};

TEST_F(PluginFaults, P14_P15_LeftoversOfAPluginAffectNoTask) {
  for (const char* executor : kExecutors) {
    for (const char* what : {"static", "atexit", "at_quick_exit", "signal", "key", "thread_local"}) {
      SCOPED_TRACE(std::string(executor) + " " + what);
      Account account;
      {
        Engine engine(options());
        const RunResult result =
            engine.run(plan({stage(engine.plugin("leaver").value(), "leave", 6,
                                   {.executor = executor, .with = {{.name = "what", .constant = what}}})}),
                       account, {.keep_results = true});
        EXPECT_EQ(result.outcome, Outcome::succeeded) << result.why;
        for (const auto& row : rows(result)) EXPECT_EQ(row.outcome, Outcome::succeeded) << row.index << row.message;
        for (std::uint64_t i = 0; i < 6; ++i) EXPECT_EQ(account.endings[i].times, 1);
      }
    }
  }
  expect_nothing_left();
}

TEST_F(PluginFaults, P15_ACrashInAnExitHandlerOfAPluginBlamesNoTask) {
  Account account;
  EngineOptions young = options();
  young.recycle_after_tasks = 1;
  Engine recycling(young);
  for (const char* what : {"static", "atexit"}) {
    const RunResult result =
        recycling.run(plan({stage(recycling.plugin("leaver").value(), "leave", 4,
                                  {.executor = "process", .with = {{.name = "what", .constant = what}}})}),
                      account);
    EXPECT_EQ(result.outcome, Outcome::succeeded) << result.why;
    EXPECT_EQ(result.stages.at(0).succeeded, 4u);
    EXPECT_EQ(result.stages.at(0).retried, 0u);
  }
  ASSERT_FALSE(account.ends.empty());
  for (const std::string& how : account.ends) EXPECT_EQ(how, "was killed by SIGABRT") << "the handlers ran";
}

/// Lines of a file, sorted.
std::vector<std::string> sorted_lines(const std::filesystem::path& file) {
  std::vector<std::string> lines;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  std::sort(lines.begin(), lines.end());
  return lines;
}

TEST_F(PluginFaults, P15_BufferedOutputOfAPluginIsWrittenOnceWhenItsHostsEnd) {
  constexpr std::uint64_t kTasks = 6;
  for (const std::string executor : kExecutors) {
    SCOPED_TRACE(executor);
    const Scratch scratch;
    const std::filesystem::path log = scratch / "log", loads = scratch / "loads";
    ::setenv("SCRIBE_LOADS", loads.c_str(), 1);
    Account account;
    {
      Engine engine(options());
      const RunResult result = engine.run(
          plan({stage(engine.plugin("scribe").value(), "note", kTasks,
                      {.executor = executor,
                       .with = {{.name = "file", .constant = Path{log}}, {.name = "at_end", .constant = "write"}}})}),
          account);
      EXPECT_EQ(result.outcome, Outcome::succeeded) << result.why;
    }
    ::unsetenv("SCRIBE_LOADS");
    std::vector<std::string> expected;
    for (std::uint64_t i = 0; i < kTasks; ++i) expected.push_back("task " + std::to_string(i));
    EXPECT_EQ(sorted_lines(log), expected);
    // Each line has the pid of the process that loaded the plugin. A fork of that process must not write it again.
    const std::vector<std::string> loaded = sorted_lines(loads);
    EXPECT_FALSE(loaded.empty());
    EXPECT_EQ(std::adjacent_find(loaded.begin(), loaded.end()), loaded.end()) << testing::PrintToString(loaded);
    // printf() without a newline: reported for the task, or for the stage if the task is unknown.
    std::string printed = account.printed;
    for (const auto& [index, text] : account.output) printed += text;
    for (std::uint64_t i = 0; i < kTasks; ++i) EXPECT_THAT(printed, HasSubstr("[" + std::to_string(i) + "]"));
  }
}

TEST_F(PluginFaults, P15_AHangingExitHandlerEndsWithItsHost) {
  for (const std::string executor : kExecutors) {
    SCOPED_TRACE(executor);
    const Scratch scratch;
    Account account;
    Engine engine(options());
    const RunResult result = engine.run(plan({stage(engine.plugin("scribe").value(), "note", 2,
                                                    {.executor = executor,
                                                     .with = {{.name = "file", .constant = Path{scratch / "log"}},
                                                              {.name = "at_end", .constant = "hang"}}})}),
                                        account);
    EXPECT_EQ(result.outcome, Outcome::succeeded) << result.why;
    EXPECT_EQ(result.stages.at(0).succeeded, 2u);
  }
  expect_nothing_left();
}

TEST_F(PluginFaults, P16_PluginsWithTheSameSymbolsKeepTheirOwn) {
  Engine engine(options());
  for (const char* executor : kExecutors) {
    const RunResult result =
        engine.run(plan({stage(engine.plugin("twin_1").value(), "which", 4, {.name = "one", .executor = executor}),
                         stage(engine.plugin("twin_2").value(), "which", 4, {.name = "two", .executor = executor})}),
                   {.keep_results = true});
    for (std::uint32_t number : {0u, 1u})
      for (const auto& row : rows(result, number))
        EXPECT_EQ(row.value, Value(Map{{"number", std::int64_t{number + 1}}, {"called", std::int64_t{number + 1}}}))
            << executor;
  }
}

#if ROPEWALK_FAILPOINTS
constexpr const char* kFilters[] = {"none=err:EPERM", "warden.shield=err:EPERM"};
#else
constexpr const char* kFilters[] = {"none=err:EPERM"};
#endif

/// With the warden's filter, if the kernel accepts one, and without it.
TEST_F(PluginFaults, P17_KillingTheWardenIsRefusedOrBreaksTheRunAndLeavesNothing) {
  for (const char* filter : kFilters) {
    SCOPED_TRACE(filter);
    const test::FailAt point(filter);
    Engine engine(options());
    Account account;
    const RunResult result = engine.run(plan({stage(engine.plugin("deed_at").value(), "do", 12,
                                                    {.executor = "process",
                                                     .workers = 3,
                                                     .with = {{.name = "deed", .constant = "kill_parent"},
                                                              {.name = "at", .constant = std::int64_t{5}}}})}),
                                        account);
    if (result.broken) {
      EXPECT_THAT(result.why, HasSubstr("the warden, which keeps the hosts, was lost twice"));
    } else {
      EXPECT_EQ(account.endings[5].message, "refused");
      EXPECT_EQ(result.stages.at(0).succeeded, 11u);
    }
    EXPECT_EQ(result.tasks(), 12u);
    for (const auto& [index, ending] : account.endings) EXPECT_EQ(ending.times, 1) << index;
  }
  expect_nothing_left();
}

TEST_F(PluginFaults, C11_P07_ChildrenOfATaskEndWithTheEngine) {
  for (const char* deed : {"fork_many", "fork_and_return", "fork_child_lingers"}) {
    Engine engine(options());
    const RunResult result = engine.run(
        plan({stage(engine.plugin("deed_at").value(), "do", 4,
                    {.executor = "process",
                     .with = {{.name = "deed", .constant = deed}, {.name = "at", .constant = std::int64_t{1}}}})}));
    EXPECT_EQ(result.outcome, Outcome::succeeded) << deed << result.why;
  }
  expect_nothing_left();
}

/// Changes a file when the first task has begun.
struct AtFirstTask final : Account {
  explicit AtFirstTask(std::function<void()> deed) : deed(std::move(deed)) {}
  void tasks_started(std::int64_t t, std::uint32_t stage, std::span<const TaskStarted> tasks) override {
    if (started == 0) deed();
    Account::tasks_started(t, stage, tasks);
  }
  std::function<void()> deed;
};

struct PluginFile : PluginFaults {
  PluginFile() { std::filesystem::copy_file(ROPEWALK_BUILD "/plugins/sim.so", file_); }
  RunResult run(const std::string& executor, AtFirstTask& account) {
    Engine engine(options());
    // By its file, because a folder cannot replace a shipped plugin. Long enough that the second batch comes after the
    // change.
    return engine.run(plan({stage(engine.plugin_file(file_).value(), "sleep", 20,
                                  {.executor = executor, .with = {{.name = "seconds", .constant = 0.005}}})}),
                      account);
  }
  Scratch folder_;
  const std::filesystem::path file_ = folder_ / "sim.so";
};

TEST_F(PluginFile, L07_ReplacingOrDeletingItDuringARunHasNoEffect) {
  for (const char* executor : {"process", "thread"}) {
    AtFirstTask replaced([&] {
      std::filesystem::copy_file(ROPEWALK_BUILD "/tests/hostile_plugins/zoo.so", folder_ / "new");
      std::filesystem::rename(folder_ / "new", file_);
    });
    EXPECT_EQ(run(executor, replaced).outcome, Outcome::succeeded);
    std::filesystem::copy_file(ROPEWALK_BUILD "/plugins/sim.so", file_,
                               std::filesystem::copy_options::overwrite_existing);
    AtFirstTask deleted([&] { std::filesystem::remove(file_); });
    EXPECT_EQ(run(executor, deleted).outcome, Outcome::succeeded);
    std::filesystem::copy_file(ROPEWALK_BUILD "/plugins/sim.so", file_);
  }
}

TEST_F(PluginFile, L07_OverwritingItInPlaceHasNoEffect) {
  for (const char* executor : {"process", "thread"}) {
    AtFirstTask overwritten(
        [&] { std::ofstream(file_, std::ios::binary | std::ios::trunc) << std::string(100'000, '\x90'); });
    EXPECT_EQ(run(executor, overwritten).outcome, Outcome::succeeded);
    std::filesystem::remove(file_);
    std::filesystem::copy_file(ROPEWALK_BUILD "/plugins/sim.so", file_);
  }
}

/// A plugin with two builds. Hosts are replaced after two tasks, and one task ends its host, so most hosts start after
/// the file has changed.
struct RebuiltPlugin : PluginFaults {
  static EngineOptions young(const Scratch& folder) {
    EngineOptions young = options();
    young.plugin_folders = {folder.path()};
    young.recycle_after_tasks = 2;
    return young;
  }
  RebuiltPlugin() { put(1); }
  static std::filesystem::path build(int number) {
    return ROPEWALK_BUILD "/tests/hostile_plugins/build_" + std::to_string(number) + "/rebuilt.so";
  }
  void put(int number) const {
    std::filesystem::copy_file(build(number), folder_ / "new");
    std::filesystem::rename(folder_ / "new", file_);
  }
  void overwrite(const std::string& content) const {
    std::ofstream(file_, std::ios::binary | std::ios::trunc) << content;
  }

  Plan which(const std::string& executor) {
    return plan({stage(engine_.plugin("rebuilt").value(), "which", 24,
                       {.executor = executor, .with = {{.name = "crash", .make = [](const Value&, std::uint64_t index) {
                                                          return Value(index == 5);
                                                        }}}})});
  }
  /// The numbers of the builds that returned a result.
  std::set<std::int64_t> builds(const RunResult& result) {
    std::set<std::int64_t> numbers;
    for (const auto& row : rows(result))
      if (row.outcome == Outcome::succeeded) numbers.insert(*row.value.as_map()->at("build").as_int());
    return numbers;
  }

  const Scratch folder_;
  const std::filesystem::path file_ = folder_ / "rebuilt.so";
  Engine engine_{young(folder_)};
};

TEST_F(RebuiltPlugin, L07_ARunUsesTheBuildThatItWasPlannedWithAndTheNextRunTheNewOne) {
  const std::map<std::string, std::function<void()>> ways = {
      {"renamed over it", [this] { put(2); }},
      {"copied over it", [this] { overwrite(test::content(build(2))); }},
      {"cut off", [this] { std::filesystem::resize_file(file_, 0); }},
      {"deleted", [this] { std::filesystem::remove(file_); }},
  };
  for (const char* executor : kExecutors) {
    for (const auto& [name, replace] : ways) {
      SCOPED_TRACE(std::string(executor) + ", " + name);
      std::filesystem::remove(file_);
      put(1);
      AtFirstTask account(replace);
      const RunResult result = engine_.run(which(executor), account, {.keep_results = true});
      EXPECT_EQ(result.stages.at(0).succeeded, 23u) << result.why;
      EXPECT_EQ(account.endings[5].outcome, Outcome::crashed);
      EXPECT_THAT(builds(result), testing::ElementsAre(1));
      if (name.ends_with("over it"))
        EXPECT_THAT(builds(engine_.run(which(executor), {.keep_results = true})), testing::ElementsAre(2));
      else
        EXPECT_FALSE(engine_.plugin("rebuilt"));
    }
  }
}

TEST_F(RebuiltPlugin, L07_APlanOfTheOldBuildCanBeRunBesideOneOfTheNew) {
  for (const char* executor : kExecutors) {
    put(1);
    const Plan old_plan = which(executor);
    put(2);
    const Plan new_plan = which(executor);
    for (int round = 0; round < 2; ++round) {
      EXPECT_THAT(builds(engine_.run(old_plan, {.keep_results = true})), testing::ElementsAre(1)) << executor;
      EXPECT_THAT(builds(engine_.run(new_plan, {.keep_results = true})), testing::ElementsAre(2)) << executor;
    }
  }
}

TEST_F(RebuiltPlugin, L07_TheLoaderReportsTheNameOfItsFile) {
  for (const char* executor : kExecutors) {
    const RunResult result = engine_.run(
        plan({stage(engine_.plugin("rebuilt").value(), "where", 1, {.executor = executor})}), {.keep_results = true});
    EXPECT_EQ(rows(result).at(0).value, Value(Map{{"file", file_.string()}})) << executor;
  }
}

TEST_F(RebuiltPlugin, L07_WithoutACopyTheRunStopsInsteadOfMixingTwoBuilds) {
  const test::FailAt no_copy("plugin.copy=err:EACCES", test::FailAt::Here::yes);
  for (const char* executor : {"thread", "process"}) {
    for (const bool in_place : {false, true}) {
      SCOPED_TRACE(std::string(executor) + (in_place ? ", copied over it" : ", renamed over it"));
      std::filesystem::remove(file_);
      put(1);
      const Plan one = plan({stage(engine_.plugin("rebuilt").value(), "which", 2000, {.executor = executor})});
      AtFirstTask account([&] {
        if (in_place)
          overwrite(test::content(build(2)));
        else
          put(2);
      });
      const RunResult result = engine_.run(one, account, {.keep_results = true});
      EXPECT_TRUE(result.broken);
      EXPECT_THAT(result.why, HasSubstr("has changed since the run was planned"));
      EXPECT_TRUE(in_place || !builds(result).contains(2));
      EXPECT_EQ(result.stages.at(0).failed, 0u) << "no task is to blame";
    }
  }
}

TEST_F(PluginFaults, L07_L10_ALibraryShippedWithAPluginIsPartOfIt) {
  const Scratch folder;
  const auto copy = [&](const char* name) {
    std::filesystem::create_directories(std::filesystem::path(folder / name).parent_path());
    std::filesystem::copy_file(std::filesystem::path(ROPEWALK_BUILD "/tests/hostile_plugins") / name, folder / "new",
                               std::filesystem::copy_options::overwrite_existing);
    std::filesystem::rename(folder / "new", folder / name);
  };
  copy("with_library.so");
  copy("shelf/libshelf.so");
  EngineOptions young = options();
  young.plugin_folders = {folder.path()};
  young.recycle_after_tasks = 2;
  Engine engine(young);
  const auto plugin = engine.plugin("with_library");
  ASSERT_TRUE(plugin) << plugin.error().list.front().message;
  const Plan one = plan({stage(*plugin, "books", 50, {.executor = "process"})});
  AtFirstTask account([&] { copy("shelf/libshelf.so"); });
  const RunResult result = engine.run(one, account);
  EXPECT_TRUE(result.broken);
  EXPECT_THAT(result.why, HasSubstr("or a library that it brings along, has changed"));
  EXPECT_EQ(
      engine.run(plan({stage(engine.plugin("with_library").value(), "books", 50, {.executor = "process"})})).outcome,
      Outcome::succeeded)
      << "planned again";
}

TEST_F(PluginFaults, R03_ConstantlyInterruptedSystemCallsChangeNothing) {
  struct sigaction interrupt {
  }, before{};
  interrupt.sa_handler = [](int) {};  // without SA_RESTART: each wait, read and write may end with EINTR
  ASSERT_EQ(::sigaction(SIGPROF, &interrupt, &before), 0);
  for (const char* executor : {"process", "thread", "process-per-task"}) {
    Engine engine(options());
    Account account;
    std::atomic<bool> over = false;
    const pthread_t engine_thread = ::pthread_self();
    std::thread storm([&] {
      while (!over) ::pthread_kill(engine_thread, SIGPROF), ::usleep(200);
    });
    const RunResult result =
        engine.run(plan({stage(engine.plugin("zoo").value(), "big_result", 30,
                               {.executor = executor, .with = {{.name = "size", .constant = std::int64_t{300'000}}}})}),
                   account, {.keep_results = true});
    over = true;
    storm.join();
    EXPECT_EQ(result.outcome, Outcome::succeeded) << result.why;
    for (const auto& row : rows(result)) EXPECT_EQ(row.value.as_map()->at("text"), Value(std::string(300'000, 'x')));
  }
  ::sigaction(SIGPROF, &before, nullptr);
}

}  // namespace
}  // namespace ropewalk
