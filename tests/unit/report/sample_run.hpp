#pragma once
// The events of one run that has everything that is hard to write down: names with quotes, line ends and bytes that are
// no text, repeated attempts, a crash, tasks that did not run, a stage that was skipped.

#include "support/scratch.hpp"

#include <ropewalk/events.hpp>
#include <ropewalk/value.hpp>

#include <fstream>
#include <optional>
#include <string>
#include <vector>

namespace ropewalk::test {

class SampleItems final : public TaskItems {
 public:
  std::optional<Value> item_of(std::uint32_t stage, std::uint64_t index) const override {
    if (stage != 0) return std::nullopt;
    static const Value kItems[] = {Value("plain"), Value("q\"<&>'"), Value("a\nb\tc\x01"), Value(Bytes{"\xff\xfe"}),
                                   Value(std::int64_t{4})};
    return kItems[index];
  }
};

/// The only attempt of a task: it ran so long, and took no CPU time.
inline TaskFinished ran(std::uint64_t index, std::int64_t run_ns, Outcome outcome) {
  return {.index = index,
          .attempt = 1,
          .outcome = outcome,
          .detail = 0,
          .queued_ns = 0,
          .run_ns = run_ns,
          .cpu_ns = 0,
          .host = 1,
          .worker = 0,
          .last = true,
          .message = ""};
}

inline void emit_sample_run(Observer& observer, const SampleItems& items) {
  constexpr std::int64_t kMs = 1'000'000;
  observer.run_started(0, {"r-1", "de\"mo", &items, 1'795'000'000'123'000'000});
  observer.stage_started(1 * kMs, {0, "hash", "file.checksum", "process", 2, 5});
  const auto end = [&](const TaskFinished& task) {
    observer.tasks_started(task.started_ns, 0, std::vector<TaskStarted>{{task.index, task.attempt}});
    observer.tasks_finished(task.started_ns + task.run_ns, 0, {&task, 1});
  };
  TaskFinished late = ran(1, 5 * kMs, Outcome::timed_out);
  late.started_ns = 2 * kMs;
  late.cpu_ns = 1;
  late.last = false;
  late.message = "it took more than 5 ms";
  end(late);
  TaskFinished unlucky = ran(2, 3 * kMs, Outcome::failed);
  unlucky.started_ns = 2 * kMs;
  unlucky.cpu_ns = 2 * kMs;
  unlucky.last = false;
  unlucky.message = "no \"luck\"";
  end(unlucky);
  TaskFinished repeated = ran(1, 1 * kMs, Outcome::succeeded);
  repeated.attempt = 2;
  repeated.started_ns = 8 * kMs;
  repeated.cpu_ns = 1 * kMs;
  end(repeated);
  KeptOutput output;
  output.add(OutputStream::out, "out\n");
  output.put(OutputStream::err, 100'000, "late \x02\xff\n");
  output.add(OutputStream::process, "printed\n");
  TaskFinished crashed = ran(2, 4 * kMs, Outcome::crashed);
  crashed.attempt = 2;
  crashed.detail = 11;
  crashed.started_ns = 6 * kMs;
  crashed.cpu_ns = 3 * kMs;
  crashed.message = "killed by SIGSEGV";
  crashed.evidence = "read address 0x0\n#0 a.so  f()+0x4\n";
  crashed.output = &output;
  end(crashed);
  TaskFinished slow = ran(0, 2'000 * kMs, Outcome::succeeded);
  slow.started_ns = 10 * kMs;
  slow.cpu_ns = 500 * kMs;
  end(slow);
  TaskFinished cancelled = ran(3, 7 * kMs, Outcome::cancelled);
  cancelled.started_ns = 11 * kMs;
  cancelled.message = "the run was stopped";
  end(cancelled);
  TaskFinished kept = ran(4, 0, Outcome::succeeded);
  kept.attempt = 0;
  kept.kept = true;
  observer.tasks_finished(12 * kMs, 0, {&kept, 1});
  observer.stage_finished(2'010 * kMs, {0,
                                        "hash",
                                        Outcome::failed,
                                        5,
                                        2,
                                        2'009 * kMs,
                                        3 * kMs,
                                        "1 of 5 tasks failed",
                                        {.succeeded = 3, .failed = 1, .cancelled = 1}});
  observer.stage_finished(2'010 * kMs, {1, "sum", Outcome::skipped, 3, 0, 0, 0, "stage 'hash' failed", {.skipped = 3}});
  observer.run_finished(2'011 * kMs, {Outcome::failed, 2'011 * kMs, "", false});
}

/// The golden file of that name. Where it differs, a test writes what it has beside the tests' programs.
inline std::string golden(const std::string& name, const std::string& actual) {
  const std::string wanted = content(std::string(ROPEWALK_GOLDEN) + "/" + name);
  if (wanted != actual) std::ofstream(std::string(ROPEWALK_BUILD) + "/actual-" + name, std::ios::binary) << actual;
  return wanted;
}

}  // namespace ropewalk::test
