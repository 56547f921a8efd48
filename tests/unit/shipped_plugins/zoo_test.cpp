// The tasks of zoo do what their names say, so that engine tests that use them test the engine.

#include "unit/shipped_plugins/loaded.hpp"

#include <signal.h>
#include <unistd.h>

using ropewalk::FakeOutcome;
using ropewalk::FakeValue;
using testing::ElementsAre;
using testing::IsEmpty;

namespace {

FakeOutcome zoo(std::string_view task, const ropewalk::FakeHost::Params& params = {},
                const ropewalk::FakeSituation& situation = {}) {
  return run_in(HOSTILE_PLUGINS "/zoo.so", task, params, situation);
}

TEST(Zoo, DiesByTheSignalOfItsName) {
  EXPECT_EXIT(zoo("kill_self"), testing::KilledBySignal(SIGKILL), "");
  EXPECT_EXIT(zoo("segv"), testing::KilledBySignal(SIGSEGV), "");
  EXPECT_EXIT(zoo("bus"), testing::KilledBySignal(SIGBUS), "");
  EXPECT_EXIT(zoo("fpe"), testing::KilledBySignal(SIGFPE), "");
  EXPECT_EXIT(zoo("ill"), testing::KilledBySignal(SIGILL), "");
  EXPECT_EXIT(zoo("abort"), testing::KilledBySignal(SIGABRT), "");
  EXPECT_EXIT(zoo("throw_noexcept"), testing::KilledBySignal(SIGABRT), "");
  EXPECT_EXIT(zoo("terminate_from_thread"), testing::KilledBySignal(SIGABRT), "");
  EXPECT_EXIT(zoo("stack_overflow"), testing::KilledBySignal(SIGSEGV), "");
}

TEST(Zoo, DiesByTheCLibraryWhenItFreesTwice) {
#ifdef __SANITIZE_THREAD__
  GTEST_SKIP() << "TSan's own allocator lets it pass";
#endif
  EXPECT_EXIT(zoo("double_free"), testing::KilledBySignal(SIGABRT), "");
}

TEST(Zoo, ExitsByTheFunctionOfItsName) {
  EXPECT_EXIT(zoo("exit0"), testing::ExitedWithCode(0), "");
  EXPECT_EXIT(zoo("exit3"), testing::ExitedWithCode(3), "");
  EXPECT_EXIT(zoo("exit_fast"), testing::ExitedWithCode(0), "");
  EXPECT_EXIT(zoo("quick_exit"), testing::ExitedWithCode(0), "");
}

TEST(Zoo, DiesOnlyWhereConfigured) {
  EXPECT_EQ(zoo("die_at", {{"at", 3}}, {.index = 2}).integer("index"), 2);
  EXPECT_TRUE(zoo("die_at", {{"at", 3}, {"first", 1}}, {.index = 3, .attempt = 2}).succeeded);
  EXPECT_EXIT(zoo("die_at", {{"at", 3}}, {.index = 3}), testing::KilledBySignal(SIGKILL), "");
}

TEST(Zoo, BreaksTheRulesOfTheAbi) {
  EXPECT_THAT(zoo("bad_position").faults, ElementsAre("result_int: there is no result field at position 99"));
  EXPECT_THAT(zoo("wrong_type").faults,
              ElementsAre("result_text: result field 'number' is declared with another type"));
  EXPECT_EQ(zoo("throw_long").message.size(), 100'000u);
  EXPECT_EQ(zoo("throw_nested").message, "cannot read the header: caused by: the disk is on fire");
}

TEST(Zoo, LogsItsEffects) {
  const Folder folder;
  const auto effects = [&](std::uint64_t index, std::uint32_t attempt) {
    return zoo("effects", {{"file", folder / "log"}, {"die_at", 5}}, {.index = index, .attempt = attempt});
  };
  EXPECT_EQ(effects(4, 1).integer("index"), 4);
  EXPECT_EXIT(effects(5, 1), testing::KilledBySignal(SIGKILL), "");
  EXPECT_TRUE(effects(5, 2).succeeded);
  EXPECT_EQ(content_of(folder / "log"), "4 1\n5 1\n5 2\n");
}

TEST(Zoo, ReturnsEveryType) {
  const ropewalk::FakeHost::Params params = {{"flag", true},
                                             {"number", 1},
                                             {"real", 1.5},
                                             {"text", "t"},
                                             {"bytes", FakeValue::Bytes{"b"}},
                                             {"path", std::filesystem::path("p")},
                                             {"time", 0.5},
                                             {"size", 9},
                                             {"list", FakeValue::List{1}},
                                             {"map", FakeValue::Map{{"k", "v"}}},
                                             {"any", FakeValue::List{nullptr}}};
  EXPECT_EQ(zoo("every_type", params).results, params);
}

TEST(Zoo, ReportsWhereItRuns) {
  const FakeOutcome outcome = zoo("who", {{"variable", "PATH"}});
  EXPECT_EQ(outcome.integer("pid"), getpid());
  EXPECT_EQ(outcome.text("value"), getenv("PATH"));
  EXPECT_EQ(outcome.text("folder"), std::filesystem::current_path().native());
}

}  // namespace
