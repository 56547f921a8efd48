// The fake host itself: it detects violations of a plugin, and requests tasks to stop when configured to.

#include "run_task.hpp"

#include <chrono>
#include <limits>
#include <thread>

#include <poll.h>

using ropewalk::FakeOutcome;
using testing::ElementsAre;
using namespace std::chrono_literals;

namespace {

template <void (*kDeed)(const ropewalk_host*, ropewalk_call*)>
struct Raw {
  std::int64_t n = 0;
  struct Result {
    std::int64_t n = 0;
  };
  Result run(ropewalk::Call& call) const {
    kDeed(call.host(), call.handle());
    return {1};
  }
  static void describe(ropewalk::TaskType<Raw>& task) { task.option("n", &Raw::n).result("n", &Result::n); }
};

template <void (*kDeed)(const ropewalk_host*, ropewalk_call*)>
std::vector<std::string> faults() {
  return run_task<Raw<kDeed>>({{"n", 1}}).faults;
}

void write_beyond(const ropewalk_host* host, ropewalk_call* call) { host->result_int(call, 9, 1); }
void write_text(const ropewalk_host* host, ropewalk_call* call) { host->result_text(call, 0, {"x", 1}); }
void read_beyond(const ropewalk_host* host, ropewalk_call* call) { host->param_type(call, 3); }
void read_text(const ropewalk_host* host, ropewalk_call* call) { host->param_text(call, 0); }
void from_other_thread(const ropewalk_host* host, ropewalk_call* call) {
  std::thread([&] { host->result_int(call, 0, 1), host->log(call, ROPEWALK_LOG_INFO, {"allowed", 7}); }).join();
}
void not_finite(const ropewalk_host* host, ropewalk_call* call) {
  host->result_float(call, 0, std::numeric_limits<double>::infinity());
}
void beyond_all(const ropewalk_host* host, ropewalk_call* call) { host->progress(call, 1.5, {nullptr, 0}); }
void fail_and_go_on(const ropewalk_host* host, ropewalk_call* call) {
  host->fail(call, ROPEWALK_FAIL_ERROR, {"no", 2});
}

TEST(FakeHost, P18_NamesEachViolationOfAPlugin) {
  EXPECT_THAT(faults<write_beyond>(), ElementsAre("result_int: there is no result field at position 9"));
  EXPECT_THAT(faults<write_text>(), ElementsAre("result_text: result field 'n' is declared with another type"));
  EXPECT_THAT(faults<read_beyond>(), ElementsAre("param_type: there is no parameter at position 3"));
  EXPECT_THAT(faults<read_text>(), ElementsAre("param_text: parameter 'n' is declared with another type"));
  EXPECT_THAT(faults<from_other_thread>(), ElementsAre("result_int was called on another thread than run()"));
  EXPECT_THAT(faults<not_finite>(), testing::Contains("result_float: the number is not finite"));
  EXPECT_THAT(faults<beyond_all>(), ElementsAre("progress: 1.500000 is not from 0 to 1"));
  EXPECT_THAT(faults<fail_and_go_on>(), ElementsAre("run() returned OK after fail()"));
}

ropewalk_call* kept = nullptr;
void keep(const ropewalk_host*, ropewalk_call* call) { kept = call; }
void use_kept(const ropewalk_host* host, ropewalk_call*) {
  host->result_int(kept, 0, 4242);
  host->fail(kept, ROPEWALK_FAIL_ERROR, {"late", 4});
  host->log(kept, ROPEWALK_LOG_INFO, {"late", 4});
  if (host->cancelled(kept) == 0) host->result_int(kept, 0, 4243);
}

TEST(FakeHost, AHandleOfAFinishedAttemptAffectsNoOther) {
  run_task<Raw<keep>>({{"n", 1}});
  const std::uint64_t before = ropewalk::FakeHost::late_calls();
  const FakeOutcome outcome = run_task<Raw<use_kept>>({{"n", 1}});
  EXPECT_TRUE(outcome.succeeded) << outcome.message;
  EXPECT_EQ(outcome.integer("n"), 1);
  EXPECT_TRUE(outcome.logs.empty());
  EXPECT_EQ(ropewalk::FakeHost::late_calls() - before, 4u);
}

void index_elsewhere(const ropewalk_host* host, ropewalk_call* call) {
  std::thread([&] { host->index(call); }).join();
}

TEST(FakeHost, TaskFunctionsOnAnotherThreadAreFaults) {
  EXPECT_THAT(faults<index_elsewhere>(), ElementsAre("index was called on another thread than run()"));
}

/// Builds one result, declared as a list of ints.
template <void (*kDeed)(const ropewalk_host*, ropewalk_builder*)>
struct RawList {
  struct Result {
    std::vector<std::int64_t> list;
  };
  Result run(ropewalk::Call& call) const {
    kDeed(call.host(), call.host()->result_build(call.handle(), 0));
    return {};
  }
  static void describe(ropewalk::TaskType<RawList>& task) { task.result("list", &Result::list); }
};

void build_an_int(const ropewalk_host* host, ropewalk_builder* builder) { host->build_int(builder, 1); }
void build_a_list_of_text(const ropewalk_host* host, ropewalk_builder* builder) {
  host->build_begin_list(builder);
  host->build_text(builder, ROPEWALK_TYPE_TEXT, {"x", 1});
  host->build_end(builder);
}

TEST(FakeHost, NamesNestedResultsThatAHostRejects) {
  EXPECT_THAT(run_task<RawList<build_an_int>>().faults, ElementsAre("build: the result is declared with another type"));
  EXPECT_THAT(run_task<RawList<build_a_list_of_text>>().faults,
              ElementsAre("build: the elements are declared with another type"));
}

TEST(FakeHost, RejectsAnErrorOfTheTest) {
  ropewalk::FakeHost host(plugin_of<Raw<write_beyond>>());
  EXPECT_THROW(host.run("tusk"), std::invalid_argument);
  EXPECT_THROW(host.run("task", {{"m", 1}}), std::invalid_argument);
  EXPECT_THROW(host.run("task", {{"n", "one"}}), std::invalid_argument);
}

struct Patient {
  struct Result {
    std::int64_t rounds = 0;
  };
  Result run(ropewalk::Call& call) const {
    for (std::int64_t round = 0; round < 100; ++round)
      if (call.wait(1s)) throw ropewalk::Stopped("in round " + std::to_string(round));
    return {100};
  }
  static void describe(ropewalk::TaskType<Patient>& task) { task.result("rounds", &Result::rounds); }
};

TEST(FakeHost, WaitsTakeNoTime) {
  const FakeOutcome outcome = run_task<Patient>();
  EXPECT_EQ(outcome.integer("rounds"), 100);
  EXPECT_EQ(outcome.waited, 100s);
}

TEST(FakeHost, RequestsStopAtTheNthCheckOrAfterATime) {
  EXPECT_EQ(run_task<Patient>({}, {.cancel_at_check = 1}).message, "in round 0");
  EXPECT_EQ(run_task<Patient>({}, {.cancel_at_check = 3}).message, "in round 2");
  const FakeOutcome late = run_task<Patient>({}, {.cancel_after = 5500ms});
  EXPECT_EQ(late.kind, "stopped");
  EXPECT_EQ(late.message, "in round 5");
}

struct Polls {
  void run(ropewalk::Call& call) const {
    pollfd stop = {call.cancel_fd(), POLLIN, 0};
    if (poll(&stop, 1, 10'000) == 1 && call.cancelled()) throw ropewalk::Stopped();
  }
  static void describe(ropewalk::TaskType<Polls>&) {}
};

TEST(FakeHost, ProvidesADescriptorThatIsReadableOnceCancelled) {
  EXPECT_EQ(run_task<Polls>({}, {.cancel_after = 10ms}).kind, "stopped");
}

}  // namespace
