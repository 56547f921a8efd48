// sim in the fake host.

#include "unit/shipped_plugins/loaded.hpp"

#include <time.h>

using ropewalk::FakeOutcome;
using ropewalk::FakeValue;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using namespace std::chrono_literals;
using namespace std::string_literals;

namespace {

FakeOutcome sim(std::string_view task, const ropewalk::FakeHost::Params& params = {},
                const ropewalk::FakeSituation& situation = {}) {
  FakeOutcome outcome = run_in(SHIPPED_PLUGINS "/sim.so", task, params, situation);
  EXPECT_THAT(outcome.faults, IsEmpty());
  return outcome;
}

TEST(Sim, OffersItsTasksAndAllAreThreadSafe) {
  ropewalk::FakeHost host(loaded(SHIPPED_PLUGINS "/sim.so"));
  std::vector<std::string> names;
  for (const ropewalk::FakeTaskType& type : host.task_types()) {
    names.push_back(type.name);
    EXPECT_TRUE(type.flags & ROPEWALK_TASK_THREAD_SAFE) << type.name;
  }
  EXPECT_THAT(names, ElementsAre("sleep", "cpu", "spin", "noop", "echo", "fail"));
  EXPECT_EQ(host.task_type("sleep").executor, "thread");
  EXPECT_EQ(host.task_type("cpu").executor, "");
}

TEST(Sim, SleepWaitsThroughItsHostAndReturnsTheRequestedTime) {
  const FakeOutcome asked = sim("sleep", {{"seconds", 0.3}});
  EXPECT_THAT(asked.results, ElementsAre(Pair("slept", 0.3)));
  EXPECT_EQ(asked.waited, 300ms);
  EXPECT_THAT(sim("sleep").results, ElementsAre(Pair("slept", 0.5)));
}

TEST(Sim, SleepAndComputingStopOnRequest) {
  EXPECT_EQ(sim("sleep", {{"seconds", 1000}}, {.cancel_after = 2s}).kind, "stopped");
  EXPECT_EQ(sim("cpu", {{"turns", INT64_MAX}}, {.cancel_at_check = 3}).kind, "stopped");
  EXPECT_EQ(sim("spin", {{"seconds", 1000}}, {.cancel_at_check = 3}).kind, "stopped");
}

TEST(Sim, CpuHasTheSameChecksumEverywhere) {
  EXPECT_EQ(sim("cpu", {{"turns", 0}}).text("checksum"), "0000000000000001");
  EXPECT_EQ(sim("cpu", {{"turns", 1}}).text("checksum"), "9e3779b843a48f67");
  EXPECT_EQ(sim("cpu", {{"turns", 1'000'000}}).text("checksum"), "f2902b57321812b6");
}

TEST(Sim, SpinUsesTheCpuTimeOfItsOwnThread) {
  const auto used = [] {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
  };
  const auto before = used();
  EXPECT_TRUE(sim("spin", {{"seconds", 0.02}}).succeeded);
  EXPECT_GE(used() - before, 20ms);
}

TEST(Sim, EchoReturnsAnyValue) {
  const FakeValue value = FakeValue::List{1, "two", nullptr, FakeValue::Map{{"three", 3.5}}};
  EXPECT_EQ(sim("echo", {{"value", value}}).value("value"), value);
  EXPECT_TRUE(sim("echo").value("value").is_null());
}

TEST(Sim, FailFailsInTheRequestedWay) {
  const auto failure = [](const char* how) {
    const FakeOutcome outcome = sim("fail", {{"how", how}});
    return std::pair(outcome.kind, outcome.message);
  };
  EXPECT_EQ(failure("error"), std::pair("error"s, "failed with an error, as asked"s));
  EXPECT_EQ(failure("transient"), std::pair("transient"s, "failed for now, as asked"s));
  EXPECT_EQ(failure("permanent"), std::pair("permanent"s, "failed for good, as asked"s));
  EXPECT_EQ(failure("throw"), std::pair("error"s, "exception of type int"s));
}

TEST(Sim, FailEndsItsProcessInTheRequestedWay) {
  EXPECT_EXIT(sim("fail", {{"how", "crash"}}), testing::KilledBySignal(SIGSEGV), "");
  EXPECT_EXIT(sim("fail", {{"how", "abort"}}), testing::KilledBySignal(SIGABRT), "");
  EXPECT_EXIT(sim("fail", {{"how", "exit"}}), testing::ExitedWithCode(0), "");
}

TEST(Sim, FailAllocatesAtMostTheRequestedMemory) {
  const FakeOutcome outcome = sim("fail", {{"how", "memory"}, {"most", 1 << 20}});
  EXPECT_EQ(outcome.message, "took all the memory that it was to take, and nothing stopped it");
}

TEST(Sim, FailChoosesByRateSeedAndIndexAlone) {
  const auto failed = [](double rate, int seed) {
    std::vector<std::uint64_t> indices;
    for (std::uint64_t index = 0; index < 1000; ++index)
      if (!sim("fail", {{"rate", rate}, {"seed", seed}}, {.index = index}).succeeded) indices.push_back(index);
    return indices;
  };
  EXPECT_THAT(failed(0, 1), IsEmpty());
  EXPECT_EQ(failed(1, 1).size(), 1000u);
  const auto some = failed(0.1, 1);
  EXPECT_EQ(some.size(), 77u);  // expected within the spread of 1000 draws; with 100,000 draws it is 9.9 %
  EXPECT_EQ(failed(0.1, 1), some);
  EXPECT_NE(failed(0.1, 2), some);
}

TEST(Sim, FailCanSpareLaterAttempts) {
  EXPECT_FALSE(sim("fail", {{"first", 2}}, {.attempt = 2}).succeeded);
  EXPECT_TRUE(sim("fail", {{"first", 2}}, {.attempt = 3}).succeeded);
}

}  // namespace
