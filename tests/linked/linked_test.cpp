// Plugins that are linked into a program, which this test is: over every executor, with real processes.

#include "kit.hpp"
#include "support/patience.hpp"
#include "support/scratch.hpp"

#include <ropewalk/engine.hpp>
#include <ropewalk/record.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace ropewalk::test {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::IsSupersetOf;
using testing::Not;

std::filesystem::path this_program() { return std::filesystem::read_symlink("/proc/self/exe"); }

class OfALinkedPlugin : public testing::TestWithParam<const char*> {
 protected:
  Pool pool(std::string_view task, PoolOptions options = {}) {
    options.executor = GetParam();
    options.workers = std::string_view(GetParam()) == "serial" ? 0 : 2;
    return engine_.pool(task, options);
  }
  Engine engine_;
};

TEST_P(OfALinkedPlugin, EachTaskHasItsResult) {
  Pool pool = this->pool("kit.square");
  std::vector<Future> futures;
  for (std::int64_t i = 0; i < 100; ++i) futures.push_back(pool.submit({{"value", i}}));
  for (std::int64_t i = 0; i < 100; ++i)
    EXPECT_EQ(futures[static_cast<std::size_t>(i)].get().get<std::int64_t>("value").value(), i * i);
}

TEST_P(OfALinkedPlugin, ACrashCostsOneTaskAndNamesItsFunction) {
  Pool pool = this->pool("kit.break");
  std::vector<Future> futures;
  for (int i = 0; i < 10; ++i) futures.push_back(pool.submit({{"how", i == 4 ? "crash" : "well"}}));
  for (std::size_t i = 0; i < futures.size(); ++i)
    EXPECT_EQ(futures[i].outcome(), i == 4 ? Outcome::crashed : Outcome::succeeded) << i;
  try {
    futures[4].get();
    ADD_FAILURE() << "a crashed task has no result";
  } catch (const TaskError& error) {
    EXPECT_EQ(error.failure().detail, SIGSEGV);
    EXPECT_THAT(error.failure().evidence, AllOf(HasSubstr("a null pointer"), HasSubstr("write_to_null"),
                                                HasSubstr("linked_test"), HasSubstr("Break")));
    EXPECT_THAT(error.failure().evidence, Not(HasSubstr("host::Worker"))) << "frames of the host are no news";
  }
}

TEST_P(OfALinkedPlugin, TasksThatThrowAbortOrExitFailAlone) {
  Pool pool = this->pool("kit.break");
  Future thrown = pool.submit({{"how", "throw"}}), aborted = pool.submit({{"how", "abort"}}),
         exited = pool.submit({{"how", "exit"}}), well = pool.submit({{"how", "well"}});
  EXPECT_EQ(thrown.outcome(), Outcome::failed);
  EXPECT_EQ(aborted.outcome(), Outcome::crashed);
  EXPECT_EQ(exited.outcome(), Outcome::exited);
  EXPECT_EQ(well.outcome(), Outcome::succeeded);
}

TEST_P(OfALinkedPlugin, ATimeoutEndsOneTask) {
  Pool pool = this->pool("kit.break", {.grace = 50ms});
  TaskOptions limited;
  limited.timeout = 100ms;
  Future hangs = pool.submit({{"how", "hang"}}, limited);
  EXPECT_EQ(hangs.outcome(), Outcome::timed_out);
  EXPECT_EQ(pool.submit({{"how", "well"}}).outcome(), Outcome::succeeded);
}

TEST_P(OfALinkedPlugin, ItsHostHasAllStaticObjectsAndRunsNoMain) {
  const Value seen = pool("kit.look").submit().get();
  EXPECT_TRUE(main_has_run);
  EXPECT_FALSE(seen.get<bool>("main_has_run").value());
  EXPECT_EQ(seen.get<std::string>("greeting").value(), "constructed before main");
  EXPECT_NE(seen.get<std::int64_t>("process").value(), ::getpid());
}

TEST_P(OfALinkedPlugin, NoProcessThatATaskStartsIsTakenForAHost) {
  const Value seen = pool("kit.look").submit().get();
  EXPECT_EQ(seen.get<std::string>("variable").value(), "");
  EXPECT_EQ(seen.get<std::string>("of_child").value(), "");
  EXPECT_EQ(seen.get<std::string>("name").value(), "ropewalk-host") << "as other programs know hosts";
}

TEST_P(OfALinkedPlugin, SeveralOfAProgramRunSideBySide) {
  Pool square = this->pool("kit.square"), count = this->pool("annex.count"), negate = this->pool("plain.negate");
  Future squared = square.submit({{"value", 5}}), counted = count.submit(), negated = negate.submit({{"value", 5}});
  EXPECT_EQ(squared.get().get<std::int64_t>("value").value(), 25);
  EXPECT_EQ(counted.get().get<std::int64_t>("count").value(), 1);
  EXPECT_EQ(negated.get().get<std::int64_t>("value").value(), -5) << "of the plugin in C";
}

TEST_P(OfALinkedPlugin, ATaskMayUseAnEngineOfItsOwn) {
  EXPECT_EQ(pool("kit.nest").submit().get().get<std::int64_t>("value").value(), 49);
}

INSTANTIATE_TEST_SUITE_P(Executors, OfALinkedPlugin,
                         testing::Values("serial", "thread", "process", "thread-per-task", "process-per-task"),
                         [](const auto& of) {
                           std::string name = of.param;
                           std::erase(name, '-');
                           return name;
                         });

TEST(LinkedPlugins, RunInTheStagesOfAWorkflowByTheSameName) {
  Engine engine;
  WorkflowSpec spec{.name = "w", .stages = {}};
  for (const char* executor : {"auto", "process", "thread"})
    spec.stages.push_back({.name = std::string("by-") + executor,
                           .task = "kit.square",
                           .executor = executor,
                           .foreach = {.range = {.count = 300}},
                           .with = {{"value", "${{ item }}"}}});
  const auto plan = engine.plan(spec);
  ASSERT_TRUE(plan) << to_string(plan.error());
  const Scratch scratch;
  RunOptions options;
  options.record = RecordOptions{.folder = scratch.path()};
  const RunResult result = engine.run(*plan, options);
  ASSERT_EQ(result.outcome, Outcome::succeeded) << result.why;
  for (const StageResult& stage : result.stages) EXPECT_EQ(stage.succeeded, 300u) << stage.name;
  const auto record = open_record(result.record);
  ASSERT_TRUE(record);
  const RecordedStage& stage = (*record)->stages().front();
  EXPECT_EQ(stage.plugin, "kit");
  EXPECT_EQ(stage.plugin_version, "1.2.3");
  EXPECT_EQ(stage.plugin_path, this_program().string());
  EXPECT_NE(stage.plugin_identity, "");
}

TEST(LinkedPlugins, HaveTheChecksAndMessagesOfFiles) {
  Engine engine;
  const auto refused = [&](const char* name) {
    const auto plugin = engine.plugin(name);
    return plugin ? std::string("it is accepted") : to_string(plugin.error());
  };
  EXPECT_THAT(refused("doubled"), AllOf(HasSubstr("P113"), HasSubstr("two task types named 'negate'"),
                                        HasSubstr("linked into " + this_program().string())));
  EXPECT_THAT(refused("misnamed"),
              AllOf(HasSubstr("P113"), HasSubstr("calls itself 'plain', and is linked as 'misnamed'")));
  EXPECT_THAT(refused("newer"), AllOf(HasSubstr("P107"), HasSubstr("needs plugin ABI 1.99")));
  EXPECT_THAT(refused("twice"), AllOf(HasSubstr("P117"), HasSubstr("two plugins 'twice' are linked")));
  EXPECT_THAT(refused("sim"), AllOf(HasSubstr("P117"), HasSubstr("which ships with ropewalk")))
      << "no program hides it";
  EXPECT_THAT(refused("kitt"), AllOf(HasSubstr("P101"), HasSubstr("linked into this program: annex, doubled, kit")));
  const auto plan = engine.plan(WorkflowSpec{.stages = {{.name = "s", .task = "kit.sqare", .with = {{"value", 1}}}}});
  ASSERT_FALSE(plan);
  EXPECT_THAT(to_string(plan.error()), HasSubstr("did you mean"));
}

TEST(LinkedPlugins, AreListedAndDescribed) {
  Engine engine;
  EXPECT_THAT(engine.names(), IsSupersetOf({"annex", "kit", "plain", "sim"}));
  EXPECT_THAT(engine.names(), Not(Contains("No Name")));
  const auto plugin = engine.plugin("kit");
  ASSERT_TRUE(plugin) << to_string(plugin.error());
  EXPECT_EQ((*plugin)->path, this_program());
  ASSERT_NE((*plugin)->find("square"), nullptr);
  EXPECT_EQ((*plugin)->find("square")->summary, "Squares a number.");
  EXPECT_EQ(*engine.plugin("kit"), *plugin) << "it is described once";
}

TEST(LinkedPlugins, ComeBeforeAFileOfTheSameName) {
  const Scratch scratch;
  std::ofstream(scratch.path() / "kit.so") << "no plugin";
  EngineOptions options;
  options.plugin_folders = {scratch.path()};
  Engine engine(options);
  const auto plugin = engine.plugin("kit");
  ASSERT_TRUE(plugin) << to_string(plugin.error());
  EXPECT_EQ((*plugin)->path, this_program());
}

TEST(LinkedPlugins, HaveTheVariableOfTheEngineAndNoOther) {
  Engine engine;
  const PoolOptions options{
      .executor = "process", .workers = 1, .env = {{"ROPEWALK_LINKED_HOST", "mine"}, {"OTHER", "x"}}};
  EXPECT_EQ(engine.pool("kit.look", options).submit().get().get<std::string>("variable").value(), "")
      << "the variable is the engine's";
}

}  // namespace
}  // namespace ropewalk::test

int main(int argc, char** argv) {
  ropewalk::test::main_has_run = true;
  testing::InitGoogleMock(&argc, argv);
  return RUN_ALL_TESTS();
}
