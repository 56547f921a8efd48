#include <ropewalk/report_observers.hpp>

#include <ropewalk/value.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <vector>

namespace ropewalk {
namespace {

constexpr std::int64_t kMs = 1'000'000;

TEST(Events, MatchTheContractByteForByte) {
  StringSink sink;
  EventsWriter events(sink);
  events.run_started(0, {"r-1", "demo"});
  events.stage_started(1 * kMs, {0, "wait", "sim.sleep", "thread", 2, 3});
  events.host_started(2 * kMs, {0, 4711, 2});
  events.tasks_started(3 * kMs, 0, std::vector<TaskStarted>{{0, 1}, {1, 1}});
  events.task_slow(3 * kMs, 0, {1, 1, 60'000 * kMs});
  events.task_progress(3 * kMs, 0, {1, 1, 0.5, "half of \"it\""});
  events.task_progress(3 * kMs, 0, {1, 1, 2.0 / 3});
  events.task_output(3 * kMs, 0, {0, 1, OutputStream::process, "here\n"});
  events.task_output(3 * kMs, 0, {0, 1, OutputStream::err, "is told with the failure"});
  events.host_output(3 * kMs, {0, 4711, "somewhere\n"});
  KeptOutput output;
  output.add(OutputStream::err, "no\n");
  events.tasks_finished(4 * kMs, 0,
                        std::vector<TaskFinished>{{1, 1, Outcome::succeeded, 0, 5000, 1 * kMs, 2500, 4711, 1, true, ""},
                                                  {0, 1, Outcome::crashed, 11, 0, 0, 0, 4711, 0, false, "bad \"thing\"",
                                                   "read address 0x0\n#0 a.so  f()+0x4\n", &output},
                                                  {2, 0, Outcome::skipped, 0, 0, 0, 0, 0, 0, true, "why"}});
  TaskFinished kept{3, 0, Outcome::succeeded, 0, 0, 0, 0, 0, 0, true, ""};
  kept.kept = true;
  events.tasks_finished(4 * kMs, 0, {&kept, 1});
  events.stage_listed(5 * kMs, {0, "wait", 3});
  events.host_ended(5 * kMs, {0, 4711, "killed by SIGSEGV", HostEnd::killed});
  events.stage_finished(6 * kMs, {0, "wait", Outcome::failed, 3, 1, 5 * kMs, 0, "1 task failed"});
  events.run_finished(7 * kMs, {Outcome::failed, 7 * kMs, "", false});
  EXPECT_TRUE(events.finish());
  EXPECT_EQ(
      sink.text,
      R"({"event": "run_started", "t": 0.0, "schema": 1, "run": "r-1", "workflow": "demo"})"
      "\n"
      R"({"event": "stage_started", "t": 0.001, "stage": "wait", "task": "sim.sleep", "executor": "thread", "workers": 2, "tasks": 3})"
      "\n"
      R"({"event": "host_started", "t": 0.002, "stage": "wait", "host": 4711, "workers": 2})"
      "\n"
      R"({"event": "task_started", "t": 0.003, "stage": "wait", "index": 0, "attempt": 1})"
      "\n"
      R"({"event": "task_started", "t": 0.003, "stage": "wait", "index": 1, "attempt": 1})"
      "\n"
      R"({"event": "task_slow", "t": 0.003, "stage": "wait", "index": 1, "attempt": 1, "running_s": 60.0})"
      "\n"
      R"({"event": "task_progress", "t": 0.003, "stage": "wait", "index": 1, "attempt": 1, "fraction": 0.5, "text": "half of \"it\""})"
      "\n"
      R"({"event": "task_progress", "t": 0.003, "stage": "wait", "index": 1, "attempt": 1, "fraction": 0.666667})"
      "\n"
      R"({"event": "task_output", "t": 0.003, "stage": "wait", "index": 0, "attempt": 1, "text": "here\n"})"
      "\n"
      R"({"event": "host_output", "t": 0.003, "stage": "wait", "host": 4711, "text": "somewhere\n"})"
      "\n"
      R"({"event": "task_finished", "t": 0.004, "stage": "wait", "index": 1, "attempt": 1, "outcome": "succeeded", "queued_s": 0.000005, "run_s": 0.001, "cpu_s": 0.0000025, "host": 4711, "worker": 1})"
      "\n"
      R"({"event": "task_finished", "t": 0.004, "stage": "wait", "index": 0, "attempt": 1, "outcome": "crashed", "signal": 11, "queued_s": 0.0, "run_s": 0.0, "cpu_s": 0.0, "host": 4711, "worker": 0, "last": false, "message": "bad \"thing\"", "evidence": ["read address 0x0", "#0 a.so  f()+0x4"], "stderr": "no\n"})"
      "\n"
      R"({"event": "task_finished", "t": 0.004, "stage": "wait", "index": 2, "attempt": 0, "outcome": "skipped", "queued_s": 0.0, "run_s": 0.0, "cpu_s": 0.0, "host": null, "worker": 0, "message": "why"})"
      "\n"
      R"({"event": "task_finished", "t": 0.004, "stage": "wait", "index": 3, "attempt": 0, "outcome": "succeeded", "queued_s": 0.0, "run_s": 0.0, "cpu_s": 0.0, "host": null, "worker": 0, "kept": true})"
      "\n"
      R"({"event": "stage_listed", "t": 0.005, "stage": "wait", "tasks": 3})"
      "\n"
      R"({"event": "host_ended", "t": 0.005, "stage": "wait", "host": 4711, "how": "killed by SIGSEGV"})"
      "\n"
      R"({"event": "stage_finished", "t": 0.006, "stage": "wait", "outcome": "failed", "tasks": 3, "hosts": 1, "wall_s": 0.005, "runnable_wait_s": 0.0, "why": "1 task failed"})"
      "\n"
      R"({"event": "run_finished", "t": 0.007, "outcome": "failed", "wall_s": 0.007})"
      "\n");
}

/// A stage over three items, one of which is long. The second stage has none.
class ThreeItems final : public TaskItems {
 public:
  std::optional<Value> item_of(std::uint32_t stage, std::uint64_t index) const override {
    const Value items[] = {Value("a b"), Value(Path{"caf\xe9"}), Value(std::string(5000, 'x'))};
    if (stage != 0 || index > 2) return std::nullopt;
    return items[index];
  }
};

TEST(Events, OfATaskNameItsItem) {
  const ThreeItems items;
  StringSink sink;
  EventsWriter events(sink);
  events.run_started(0, {"r", "demo", &items});
  events.stage_started(0, {0, "s", "sim.noop", "thread", 1, 4});
  events.stage_started(0, {1, "t", "sim.noop", "thread", 1, 1});
  events.tasks_started(0, 0, std::vector<TaskStarted>{{1, 1}, {2, 1}, {3, 1}});
  events.tasks_started(0, 1, std::vector<TaskStarted>{{0, 1}});
  events.task_slow(0, 0, {1, 1, kMs});
  events.task_progress(0, 0, {0, 1, 0.25});
  events.tasks_finished(0, 0,
                        std::vector<TaskFinished>{{0, 1, Outcome::failed, 0, 0, 0, 0, 1, 0, true, "no"},
                                                  {1, 1, Outcome::succeeded, 0, 0, 0, 0, 1, 0, true, ""}});
  EXPECT_TRUE(events.finish());
  const std::size_t start = sink.text.find("{\"event\": \"task_started\"");
  EXPECT_EQ(
      sink.text.substr(start),
      R"({"event": "task_started", "t": 0.0, "stage": "s", "index": 1, "item": {"base64": "Y2Fm6Q=="}, "attempt": 1})"
      "\n"
      R"({"event": "task_started", "t": 0.0, "stage": "s", "index": 2, "item_start": ")" +
          std::string(1000, 'x') +
          R"(", "attempt": 1})"
          "\n"
          R"({"event": "task_started", "t": 0.0, "stage": "s", "index": 3, "attempt": 1})"
          "\n"
          R"({"event": "task_started", "t": 0.0, "stage": "t", "index": 0, "attempt": 1})"
          "\n"
          R"({"event": "task_slow", "t": 0.0, "stage": "s", "index": 1, "item": {"base64": "Y2Fm6Q=="}, "attempt": 1, "running_s": 0.001})"
          "\n"
          R"({"event": "task_progress", "t": 0.0, "stage": "s", "index": 0, "item": "a b", "attempt": 1, "fraction": 0.25})"
          "\n"
          R"({"event": "task_finished", "t": 0.0, "stage": "s", "index": 0, "item": "a b", "attempt": 1, "outcome": "failed", "queued_s": 0.0, "run_s": 0.0, "cpu_s": 0.0, "host": 1, "worker": 0, "message": "no"})"
          "\n"
          R"({"event": "task_finished", "t": 0.0, "stage": "s", "index": 1, "item": {"base64": "Y2Fm6Q=="}, "attempt": 1, "outcome": "succeeded", "queued_s": 0.0, "run_s": 0.0, "cpu_s": 0.0, "host": 1, "worker": 0})"
          "\n");
}

/// Accepts nothing until it is opened.
class Gate final : public Sink {
 public:
  bool write(std::string_view bytes) override {
    open_.get_future().wait();
    open_ = std::promise<void>();
    open_.set_value();  // and stays open
    lines_ += static_cast<std::size_t>(std::count(bytes.begin(), bytes.end(), '\n'));
    return true;
  }
  void open() { open_.set_value(); }
  std::size_t lines() const { return lines_; }

 private:
  std::promise<void> open_;
  std::size_t lines_ = 0;
};

TEST(Events, AFullQueueMakesTheRunWaitAndDropsNothing) {
  Gate gate;
  EventsWriter events(gate);
  events.stage_started(0, {0, "s", "sim.noop", "thread", 2, 0});
  constexpr std::size_t kSpans = 100, kTasks = 4000;  // 400,000 events: several times the size of the queue
  std::atomic<std::size_t> told = 0;
  auto run = std::async(std::launch::async, [&] {
    const std::vector<TaskFinished> span(kTasks, TaskFinished{1, 1, Outcome::succeeded, 0, 1, 1, 1, 1, 0, true, ""});
    for (std::size_t i = 0; i < kSpans; ++i, ++told) events.tasks_finished(0, 0, span);
  });
  EXPECT_EQ(run.wait_for(std::chrono::milliseconds(300)), std::future_status::timeout) << "the queue has no bound";
  EXPECT_LT(told, kSpans);
  gate.open();
  run.get();
  EXPECT_TRUE(events.finish());
  EXPECT_EQ(gate.lines(), 1 + kSpans * kTasks);
}

class FullSink final : public Sink {
 public:
  bool write(std::string_view) override { return false; }
};

TEST(Events, R01_AFullDiskNeverBlocksTheRun) {
  FullSink sink;
  EventsWriter events(sink);
  const std::vector<TaskFinished> span(4000, TaskFinished{1, 1, Outcome::succeeded, 0, 1, 1, 1, 1, 0, true, ""});
  for (int i = 0; i < 200; ++i) events.tasks_finished(0, 0, span);
  EXPECT_FALSE(events.finish());
}

}  // namespace
}  // namespace ropewalk
