// The contract of every executor, run over each one in plan/executor_table: the same tasks end in the same way,
// whatever they do, and no task destroys the result of another.

#include "protocol/fields.hpp"
#include "plugin_files/linked.hpp"
#include "support/fake_executor.hpp"
#include "plan/executor_table.hpp"
#include "events/fold.hpp"
#include "run/run_loop.hpp"
#include "support/hand_plan.hpp"
#include "support/patience.hpp"
#include "support/scratch.hpp"

#include <ropewalk/observer_list.hpp>

#include <gmock/gmock.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <set>
#include <thread>

namespace ropewalk {
namespace {

using test::Given;
using test::plan;
using test::rows;
using test::stage;
using test::StageOptions;

/// In linked_contract_test, which contains the plugins sim and zoo, beside programs with which no other sim ships.
Engine& engine() {
  static const bool linked = !linked_plugins().empty();
  static Engine engine({.programs = linked ? ROPEWALK_LINKED_PROGRAMS : ROPEWALK_BUILD "/bin",
                        .plugin_folders = {ROPEWALK_BUILD "/plugins", ROPEWALK_BUILD "/tests/hostile_plugins"},
                        .log = {}});
  return engine;
}
std::shared_ptr<const Plugin> plugin(const char* name) { return engine().plugin(name).value(); }

/// Imitates the tasks of sim without running them, for the fake executor.
FakeTask imitate(const PlannedStage& stage, const std::vector<Given>& with, std::uint64_t index) {
  Map params;
  for (const Given& given : with)
    params[given.name] = given.make ? given.make(Value(static_cast<std::int64_t>(index)), index) : given.constant;
  const std::string& task = stage.type().name;
  FakeTask does;
  std::vector<Type> types;
  for (const Field& field : stage.type().results) types.push_back(field.type);
  std::vector<Value> values(types.size());
  if (task == "echo") values[0] = params["value"];
  if (task == "sleep") {
    does.takes_ns = static_cast<std::int64_t>(*params["seconds"].as_float() * 1e9);
    values[0] = params["seconds"];
  }
  if (task == "talk") {
    does.takes_ns = 1'000'000'000;
    for (const double fraction : {0.25, 0.5, 0.75, 1.0})
      does.progress.push_back({static_cast<std::int64_t>(fraction * 1e8), fraction, "talking"});
  }
  if (task == "rendezvous") does.takes_ns = static_cast<std::int64_t>(3 - index) * 100'000'000;
  if (task == "fail" && (!params.contains("rate") || *params["rate"].as_float() == 1.0)) {
    const std::string how = *params["how"].as_text();
    if (how == "ignore_stop") return {.takes_ns = INT64_MAX / 4};
    if (how == "error") return {.outcome = Outcome::failed, .payload = "failed on request"};
    if (how == "exit") return {.outcome = Outcome::exited, .payload = "exited on request"};
    return {.outcome = Outcome::crashed, .payload = "crashed on request", .detail = SIGSEGV};
  }
  board::encode_fields(types, values, does.payload);
  return does;
}

class ExecutorContract : public testing::TestWithParam<std::string> {
 protected:
  RunResult run(const char* plugin_name, const std::string& task, std::uint64_t tasks, std::vector<Given> with,
                unsigned workers = 2) {
    return run_with(plugin_name, task, tasks, std::move(with), workers, nobody_);
  }
  RunResult run_with(const char* plugin_name, const std::string& task, std::uint64_t tasks, std::vector<Given> with,
                     unsigned workers, Observer& observer) {
    const Plan one =
        plan({stage(plugin(plugin_name), task, tasks, {.executor = GetParam(), .workers = workers, .with = with})});
    if (GetParam() != "fake") {
      stop_ = [](StopLevel level) { engine().stop(level); };
      return engine().run(one, observer, {.keep_results = true});
    }
    FakeMachine machine;
    stop_ = [&](StopLevel level) { machine.stop_at(machine.now_ns(), level); };
    FakeExecutors executors(machine,
                            [&](std::uint64_t index, std::uint32_t) { return imitate(one.stages[0], with, index); });
    const auto results = std::make_shared<ResultStore>(one, true);
    Fold fold(one);
    ObserverList both{&fold, &observer};
    RunLoop(one, machine, executors, *results, both).run({.id = "fake", .grace_ns = 1'000'000'000});
    RunResult result = fold.result();
    result.results = results;
    return result;
  }
  Observer nobody_;
  std::function<void(StopLevel)> stop_;
};

TEST_P(ExecutorContract, EveryTaskGivesItsResultUnderItsIndex) {
  const RunResult result =
      run("sim", "echo", 40, {{.name = "value", .make = [](const Value& item, std::uint64_t) { return item; }}});
  EXPECT_EQ(result.outcome, Outcome::succeeded);
  const auto all = rows(result);
  ASSERT_EQ(all.size(), 40u);
  for (std::uint64_t i = 0; i < 40; ++i)
    EXPECT_EQ(all[i].value, Value(Map{{"value", static_cast<std::int64_t>(i)}})) << i;
}

TEST_P(ExecutorContract, AStageWithoutTasksSucceeds) {
  const RunResult result = run("sim", "noop", 0, {});
  EXPECT_EQ(result.outcome, Outcome::succeeded);
  EXPECT_EQ(result.tasks(), 0u);
  EXPECT_EQ(exit_code(result), 5);
}

TEST_P(ExecutorContract, AnErrorIsAnOutcomeWithItsMessageAndTheOthersKeepTheirResults) {
  const RunResult result =
      run("sim", "fail", 10,
          {{.name = "how", .constant = "error"},
           {.name = "rate", .make = [](const Value&, std::uint64_t index) { return Value(index == 3 ? 1.0 : 0.0); }}});
  EXPECT_EQ(result.outcome, Outcome::failed);
  const auto all = rows(result);
  ASSERT_EQ(all.size(), 10u);
  for (const auto& row : all)
    EXPECT_EQ(row.outcome, row.index == 3 ? Outcome::failed : Outcome::succeeded) << row.index;
  EXPECT_FALSE(all[3].message.empty());
}

struct Killer {
  const char* how;
  Outcome outcome;
};

TEST_P(ExecutorContract, W06_ATaskThatKillsItsHostFailsAlone) {
  for (const Killer& killer :
       {Killer{"crash", Outcome::crashed}, Killer{"abort", Outcome::crashed}, Killer{"exit", Outcome::exited}}) {
    const RunResult result =
        run("sim", "fail", 12,
            {{.name = "how", .constant = killer.how},
             {.name = "rate", .make = [](const Value&, std::uint64_t index) { return Value(index == 5 ? 1.0 : 0.0); }}},
            3);
    const auto all = rows(result);
    ASSERT_EQ(all.size(), 12u) << killer.how;
    for (const auto& row : all)
      EXPECT_EQ(row.outcome, row.index == 5 ? killer.outcome : Outcome::succeeded)
          << killer.how << " " << row.index << " " << row.message;
  }
}

TEST_P(ExecutorContract, TheLatestProgressOfARunningTaskReachesTheObserver) {
  /// Each task lasts until its whole progress was told.
  struct Releasing final : Observer {
    explicit Releasing(std::filesystem::path folder) : folder(std::move(folder)) {}
    std::filesystem::path release(std::uint64_t index) const { return folder / std::to_string(index); }
    void task_progress(std::int64_t, std::uint32_t, const TaskProgress& progress) override {
      EXPECT_EQ(progress.attempt, 1u);
      EXPECT_EQ(progress.text, "talking");
      EXPECT_GT(progress.fraction, fractions[progress.index]) << "of task " << progress.index;
      fractions[progress.index] = progress.fraction;
      if (progress.fraction == 1) std::ofstream(release(progress.index)) << "go on";
    }
    void tasks_finished(std::int64_t, std::uint32_t, std::span<const TaskFinished> tasks) override {
      for (const TaskFinished& task : tasks) EXPECT_EQ(fractions[task.index], 1) << "of task " << task.index;
    }
    const std::filesystem::path folder;
    std::map<std::uint64_t, double> fractions;
  };
  const test::Scratch scratch;
  Releasing observer(scratch.path());
  const RunResult result =
      run_with("zoo", "talk", 4,
               {{.name = "lines", .constant = std::int64_t{4}},
                {.name = "until",
                 .make = [&](const Value&, std::uint64_t index) { return Value(Path{observer.release(index)}); }}},
               2, observer);
  EXPECT_EQ(result.outcome, Outcome::succeeded) << result.why;
  EXPECT_EQ(observer.fractions.size(), 4u);
}

TEST_P(ExecutorContract, ResultsArriveAsTasksCompleteAndTheStageEndsWithTheLast) {
  struct Order final : Observer {
    void tasks_finished(std::int64_t, std::uint32_t, std::span<const TaskFinished> tasks) override {
      for (const TaskFinished& task : tasks) {
        finished.push_back(task.index);
        if (task.index > 0) let_pass(task.index - 1);
      }
    }
    void stage_finished(std::int64_t, const StageFinished& stage) override {
      after = finished.size(), tasks = stage.tasks;
    }
    std::string meeting(std::uint64_t index) const { return (folder / std::to_string(index)).string(); }
    /// Acts as the second of the two tasks that wait for each other.
    void let_pass(std::uint64_t index) const { std::ofstream(meeting(index) + "/99"); }
    const test::Scratch folder;
    std::vector<std::uint64_t> finished;
    std::size_t after = 0;
    std::uint64_t tasks = 0;
  } order;
  // Each task waits until the next one has ended. Executors that run tasks one by one do not wait.
  for (const std::uint64_t index : {0, 1, 2}) {
    std::filesystem::create_directory(order.meeting(index));
    if (index == 2 || GetParam() == "serial") order.let_pass(index);
  }
  run_with("zoo", "rendezvous", 3,
           {{.name = "folder", .make = [&](const Value&, std::uint64_t index) { return Value(order.meeting(index)); }}},
           3, order);
  if (GetParam() == "serial")
    EXPECT_THAT(order.finished, testing::ElementsAre(0, 1, 2));
  else
    EXPECT_THAT(order.finished, testing::ElementsAre(2, 1, 0));
  EXPECT_EQ(order.after, 3u);
  EXPECT_EQ(order.tasks, 3u);
}

TEST_P(ExecutorContract, Z02_ResultsOfEverySizeArriveComplete) {
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{1}, std::size_t{4096}, std::size_t{70'000}, std::size_t{5'000'000}}) {
    const std::string text(size, 'r');
    const RunResult result =
        run("sim", "echo", 2, {{.name = "value", .make = [&](const Value&, std::uint64_t) { return Value(text); }}});
    const auto all = rows(result);
    ASSERT_EQ(all.size(), 2u);
    for (const auto& row : all) EXPECT_TRUE(row.value == Value(Map{{"value", text}})) << size << " " << row.message;
  }
}

TEST_P(ExecutorContract, R12_TheCompleteOutputOfACommandIsItsResult) {
  if (GetParam() == "fake") GTEST_SKIP() << "runs no command";
  const auto command = [](const Value&, std::uint64_t index) {
    static constexpr const char* kCommands[] = {
        "echo short", "head -c 70000 /dev/zero | tr '\\0' m",
        "head -c 9000000 /dev/zero | tr '\\0' l; head -c 3000000 /dev/zero >&2"};
    return Value(kCommands[index]);
  };
  const auto all =
      rows(run("shell", "run", 3, {{.name = "command", .make = command}, {.name = "ok_codes", .constant = List{0}}}));
  ASSERT_EQ(all.size(), 3u);
  const auto is = [&](std::size_t index, const std::string& out, const std::string& err) {
    ASSERT_EQ(all[index].outcome, Outcome::succeeded) << all[index].message;
    const Map& fields = *all[index].value.as_map();
    EXPECT_TRUE(*fields.at("stdout").as_text() == out) << fields.at("stdout").as_text()->size();
    EXPECT_TRUE(*fields.at("stderr").as_text() == err) << fields.at("stderr").as_text()->size();
  };
  is(0, "short\n", "");
  is(1, std::string(70'000, 'm'), "");
  is(2, std::string(9'000'000, 'l'), std::string(3'000'000, '\0'));
}

TEST_P(ExecutorContract, R12_ATaskWhoseCommandExceedsItsOutputLimitFailsAlone) {
  if (GetParam() == "fake") GTEST_SKIP() << "runs no command";
  const auto command = [](const Value&, std::uint64_t index) {
    return Value(index == 1 ? "yes" : "echo within; echo the limit >&2");
  };
  PlannedStage limited =
      stage(plugin("shell"), "run", 3,
            {.executor = GetParam(),
             .with = {{.name = "command", .make = command}, {.name = "ok_codes", .constant = List{0}}},
             .limits = {.output_bytes = 64 << 10}});
  const auto all = rows(engine().run(plan({limited}), nobody_, {.keep_results = true}));
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[0].outcome, Outcome::succeeded) << all[0].message;
  EXPECT_EQ(all[1].outcome, Outcome::failed);
  EXPECT_EQ(all[1].message,
            "the task wrote more than its limit of 64 KiB to standard output and error (limits.output)");
  EXPECT_EQ(all[2].outcome, Outcome::succeeded) << all[2].message;
}

// The limit applies to files of the task, not to files of the host, in which many tasks of a host of threads keep their
// output at once.
TEST_P(ExecutorContract, R12_TheFileSizeLimitDoesNotCutTheOutputOfACommand) {
  if (GetParam() == "fake") GTEST_SKIP() << "runs no command";
  PlannedStage limited =
      stage(plugin("shell"), "run", 8,
            {.executor = GetParam(),
             .workers = 4,
             .with = {{.name = "command", .constant = "seq 1 400000"}, {.name = "ok_codes", .constant = List{0}}},
             .limits = {.file_bytes = 1 << 20}});
  std::string expected;
  for (int i = 1; i <= 400'000; ++i) expected += std::to_string(i) + '\n';
  const auto all = rows(engine().run(plan({limited}), nobody_, {.keep_results = true}));
  ASSERT_EQ(all.size(), 8u);
  for (const auto& row : all) {
    ASSERT_EQ(row.outcome, Outcome::succeeded) << row.index << ": " << row.message;
    EXPECT_TRUE(*row.value.as_map()->at("stdout").as_text() == expected) << row.index;
  }
}

/// The output of each failed command by stage, and the most recent failure.
struct Writings final : Observer {
  void task_output(std::int64_t, std::uint32_t, const TaskOutput& output) override {
    said[output.index] += output.text;
    if (on_output) on_output(output.index);
  }
  void tasks_finished(std::int64_t, std::uint32_t stage, std::span<const TaskFinished> tasks) override {
    for (const TaskFinished& task : tasks) {
      outcomes[stage].push_back(task.outcome);
      hosts[stage] = task.host;
      if (task.output != nullptr) outputs[stage] = *task.output;
    }
  }
  void tasks_running(std::int64_t, std::uint32_t, std::span<const TaskRunning> tasks) override {
    for (const TaskRunning& task : tasks) running[task.index] = task.host;
  }
  std::map<std::uint64_t, std::string> said;
  std::map<std::uint32_t, std::vector<Outcome>> outcomes;
  std::map<std::uint32_t, KeptOutput> outputs;
  std::map<std::uint32_t, std::int32_t> hosts;
  std::map<std::uint64_t, std::int32_t> running;
  std::function<void(std::uint64_t)> on_output;
};

std::vector<Given> command(const char* line) {
  return {{.name = "command", .constant = line}, {.name = "ok_codes", .constant = List{0}}};
}

TEST_P(ExecutorContract, TheOutputOfAFailingCommandIsKeptAndEqualOnEveryExecutor) {
  if (GetParam() == "fake") GTEST_SKIP() << "runs no command";
  Writings writings;
  const RunResult result =
      run_with("shell", "run", 1, command("echo moaned >&2; seq 1 100000; echo at last >&2; exit 3"), 1, writings);
  ASSERT_EQ(result.failures.size(), 1u);
  std::string all;
  for (int i = 1; i <= 100'000; ++i) all += std::to_string(i) + '\n';
  const KeptStream out = result.failures[0].output.of(OutputStream::out),
                   err = result.failures[0].output.of(OutputStream::err);
  EXPECT_EQ(out.bytes, all.size());
  EXPECT_TRUE(out.head == all.substr(0, KeptOutput::kHead));
  EXPECT_TRUE(out.tail == all.substr(all.size() - KeptOutput::kTail));
  EXPECT_EQ(err.head, "moaned\nat last\n");
  EXPECT_EQ(writings.said[0], "moaned\nat last\n");
  EXPECT_EQ(writings.outputs[0].of(OutputStream::out).tail, out.tail) << "observers are told the same";
  std::size_t rows = 0;
  result.results->visit(0, [&](const KeptResults::Row& row) {
    ++rows;
    EXPECT_EQ(row.message, "the command exited with code 3: at last");
    ASSERT_TRUE(row.out != nullptr && row.err != nullptr);
    EXPECT_EQ(row.out->bytes, all.size());
    EXPECT_TRUE(row.out->head == out.head && row.out->tail == out.tail);
    EXPECT_EQ(row.err->head, "moaned\nat last\n");
  });
  EXPECT_EQ(rows, 1u);
}

TEST_P(ExecutorContract, StandardErrorOfASuccessfulCommandIsReportedAsItArrives) {
  if (GetParam() == "fake") GTEST_SKIP() << "runs no command";
  Writings writings;
  run_with("shell", "run", 1, command("head -c 300000 /dev/zero | tr '\\0' e >&2; echo out"), 1, writings);
  EXPECT_TRUE(writings.said[0] == std::string(300'000, 'e')) << writings.said[0].size();
  EXPECT_TRUE(writings.outputs.empty()) << "a task that succeeded has its result";
}

TEST_P(ExecutorContract, AStoppedTaskKeepsTheOutputOfItsCommand) {
  if (GetParam() == "fake") GTEST_SKIP() << "runs no command";
  Writings writings;
  writings.on_output = [&](std::uint64_t) { stop_(StopLevel::ask); };
  run_with("shell", "run", 1, command("echo so far; echo ready >&2; sleep 99"), 1, writings);
  EXPECT_THAT(writings.outcomes[0], testing::ElementsAre(Outcome::cancelled));
  EXPECT_EQ(writings.outputs[0].of(OutputStream::out).head, "so far\n");
  EXPECT_EQ(writings.outputs[0].of(OutputStream::err).head, "ready\n");
}

// Runs all executors at once, because each takes as long as the timeout.
TEST(ExecutorTimeouts, ATaskThatTimesOutKeepsTheOutputOfItsCommand) {
  std::vector<PlannedStage> stages;
  for (const ExecutorKind& executor : executor_kinds())
    stages.push_back(stage(plugin("shell"), "run", 1,
                           {.name = std::string(executor.name),
                            .executor = std::string(executor.name),
                            .workers = 1,
                            .with = command("echo so far; echo ready >&2; sleep 99"),
                            .timeout_ns = 4'000'000'000}));
  Writings writings;
  const RunResult result = engine().run(plan(std::move(stages)), writings, {.keep_results = true});
  ASSERT_EQ(result.failures.size(), executor_kinds().size());
  for (const Failure& failure : result.failures) {
    EXPECT_EQ(failure.outcome, Outcome::timed_out) << failure.stage;
    EXPECT_EQ(failure.output.of(OutputStream::out).head, "so far\n") << failure.stage;
    EXPECT_EQ(failure.output.of(OutputStream::err).head, "ready\n") << failure.stage;
  }
}

TEST_P(ExecutorContract, AKilledHostHasDeliveredTheOutputOfItsCommand) {
  if (GetParam() == "fake") GTEST_SKIP() << "runs no command";
  Writings writings;
  std::set<std::int32_t> killed;
  writings.on_output = [&](std::uint64_t index) {
    if (const std::int32_t host = writings.running[index]; host > 0 && killed.insert(host).second)
      ::kill(host, SIGKILL);
  };
  // The command repeats its output until the host is known, so earlier output exists.
  const RunResult result =
      run_with("shell", "run", 1, command("while :; do echo ready >&2; sleep 0.05; done"), 1, writings);
  ASSERT_EQ(result.failures.size(), 1u);
  EXPECT_EQ(result.failures[0].outcome, Outcome::crashed);
  EXPECT_TRUE(result.failures[0].output.of(OutputStream::err).head.starts_with("ready\n"));
}

TEST_P(ExecutorContract, ParametersThatCannotBeMadeFailTheirTaskAlone) {
  const RunResult result =
      run("sim", "echo", 4, {{.name = "value", .make = [](const Value& item, std::uint64_t index) -> Value {
                                if (index == 2) throw std::runtime_error("no value for it");
                                return item;
                              }}});
  const auto all = rows(result);
  ASSERT_EQ(all.size(), 4u);
  EXPECT_EQ(all[2].outcome, Outcome::failed);
  EXPECT_EQ(all[2].message, "no value for it");
  EXPECT_EQ(all[3].outcome, Outcome::succeeded);
}

TEST_P(ExecutorContract, AfterStopRunningTasksAreCancelledAndOthersDoNotStart) {
  struct Stop final : Observer {
    explicit Stop(std::function<void(StopLevel)>& stop) : stop(stop) {}
    void tasks_started(std::int64_t, std::uint32_t, std::span<const TaskStarted>) override { stop(StopLevel::ask); }
    std::function<void(StopLevel)>& stop;
  } stop(stop_);
  const RunResult result = run_with("sim", "sleep", 50, {{.name = "seconds", .constant = 5000.0}}, 2, stop);
  EXPECT_EQ(result.outcome, Outcome::cancelled);
  const StageResult& stage = result.stages.at(0);
  EXPECT_GE(stage.cancelled, 1u);
  EXPECT_EQ(stage.cancelled + stage.not_started, 50u);
  EXPECT_EQ(stage.succeeded + stage.failed, 0u);
}

TEST_P(ExecutorContract, AfterKillTheRunEndsEvenIfATaskIgnoresStop) {
  struct Stop final : Observer {
    explicit Stop(std::function<void(StopLevel)>& stop) : stop(stop) {}
    void tasks_started(std::int64_t, std::uint32_t, std::span<const TaskStarted>) override { stop(StopLevel::kill); }
    std::function<void(StopLevel)>& stop;
  } stop(stop_);
  const RunResult result = run_with("sim", "fail", 6, {{.name = "how", .constant = "ignore_stop"}}, 2, stop);
  EXPECT_EQ(result.outcome, Outcome::cancelled);
  EXPECT_EQ(result.stages.at(0).cancelled + result.stages.at(0).not_started, 6u);
}

TEST_P(ExecutorContract, TenThousandTasksEachEndOnce) {
  const std::uint64_t tasks = GetParam() == "process-per-task" ? 50 : 10'000;
  struct Once final : Observer {
    explicit Once(std::uint64_t n) : ended(n) {}
    void tasks_finished(std::int64_t, std::uint32_t, std::span<const TaskFinished> tasks) override {
      for (const TaskFinished& task : tasks) ++ended.at(task.index);
    }
    std::vector<int> ended;
  } once(tasks);
  const RunResult result = run_with("sim", "noop", tasks, {}, 4, once);
  EXPECT_EQ(result.stages.at(0).succeeded, tasks);
  EXPECT_TRUE(std::all_of(once.ended.begin(), once.ended.end(), [](int times) { return times == 1; }));
}

/// Executors that use processes.
class FailFast : public testing::TestWithParam<std::string> {
 protected:
  RunResult run(const char* plugin_name, const std::string& task, std::vector<Given> with, Observer& observer) {
    Plan one =
        plan({stage(plugin(plugin_name), task, 40,
                    {.executor = GetParam(), .workers = 3, .with = std::move(with), .on_error = OnError::stop})});
    workers = one.stages.front().workers;
    return engine().run(one, observer, {.keep_results = true});
  }
  unsigned workers = 0;
};

/// Called on the engine's thread when the failure is reported. Before the engine can react, the tasks running beside
/// the failed one end, and their workers look for more.
struct EndsTheOthers final : Observer {
  EndsTheOthers(const test::Scratch& folder, const unsigned& workers) : folder(folder), workers(workers) {}
  void tasks_finished(std::int64_t, std::uint32_t, std::span<const TaskFinished> tasks) override {
    for (const TaskFinished& task : tasks)
      if (task.outcome == Outcome::failed) end_others();
  }
  void end_others() {
    folder.write("failed", "");
    for (unsigned index = 1; index < workers; ++index)
      EXPECT_TRUE(test::eventually([&] { return std::filesystem::exists(folder / ("ended" + std::to_string(index))); }))
          << index;
  }
  const test::Scratch& folder;
  const unsigned& workers;
};

TEST_P(FailFast, M06_NothingBeginsOnceAFailureHasBeenSeen) {
  const test::Scratch folder;
  EndsTheOthers observer(folder, workers);
  const unsigned at_once = GetParam() == "serial" ? 1 : 3;
  const std::string script =
      "touch begun$1; "
      "if test $1 = 0; then for i in $(seq 1 $2); do until test -e begun$i; do sleep 0.01; done; done; exit 1; fi; "
      "until test -e failed; do sleep 0.01; done; touch ended$1";
  const RunResult result =
      run("shell", "run",
          {{.name = "argv",
            .make =
                [&](const Value&, std::uint64_t index) {
                  return Value(List{"sh", "-c", script, "sh", std::to_string(index), std::to_string(at_once - 1)});
                }},
           {.name = "cwd", .constant = folder.path().string()}},
          observer);
  std::size_t begun = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path()))
    begun += entry.path().filename().string().starts_with("begun");
  EXPECT_EQ(begun, at_once);
  const StageResult& stage = result.stages.at(0);
  EXPECT_EQ(stage.failed, 1u);
  EXPECT_EQ(stage.succeeded, at_once - 1);
  EXPECT_EQ(stage.not_started, 40u - at_once);
}

TEST_P(FailFast, W06_TasksRunningBesideACrashAreCancelledAndNotRunAgain) {
  if (!GetParam().starts_with("thread")) GTEST_SKIP() << "no other task shares its host";
  struct Begun final : Observer {
    void tasks_started(std::int64_t, std::uint32_t, std::span<const TaskStarted> tasks) override {
      for (const TaskStarted& task : tasks) all.insert(task.index);
    }
    std::set<std::uint64_t> all;
  } begun;
  // The last of the three concurrent tasks, so that the others have begun.
  const RunResult result =
      run("sim", "fail",
          {{.name = "how",
            .make = [](const Value&, std::uint64_t index) { return Value(index == 2 ? "crash" : "ignore_stop"); }}},
          begun);
  const StageResult& stage = result.stages.at(0);
  EXPECT_EQ(stage.failed, 1u);
  EXPECT_EQ(stage.cancelled + stage.not_started, 39u);
  for (const auto& row : rows(result))
    EXPECT_FALSE(row.outcome == Outcome::not_started && begun.all.contains(row.index))
        << row.index << " " << row.message;
}

std::vector<std::string> real_names() {
  std::vector<std::string> names;
  for (const ExecutorKind& executor : executor_kinds()) names.emplace_back(executor.name);
  return names;
}

std::string name_of(const testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Every, FailFast, testing::ValuesIn(real_names()), name_of);

std::vector<std::string> names() {
  std::vector<std::string> names = real_names();
  names.emplace_back("fake");
  return names;
}

INSTANTIATE_TEST_SUITE_P(Every, ExecutorContract, testing::ValuesIn(names()), name_of);

}  // namespace
}  // namespace ropewalk
