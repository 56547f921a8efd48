#pragma once
// The events of one run that has everything that is hard to write down: names with quotes, line ends and bytes that are
// no text, repeated attempts, a crash, tasks that did not run, a stage that was skipped.

#include <ropewalk/events.hpp>
#include <ropewalk/value.hpp>

#include <fstream>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <utility>

namespace ropewalk::test {

class ToldItems final : public TaskItems {
 public:
  std::optional<Value> item_of(std::uint32_t stage, std::uint64_t index) const override {
    if (stage != 0) return std::nullopt;
    static const Value kItems[] = {Value("plain"), Value("q\"<&>'"), Value("a\nb\tc\x01"), Value(Bytes{"\xff\xfe"}),
                                   Value(std::int64_t{4})};
    return kItems[index];
  }
};

inline void tell_run(Observer& observer, const ToldItems& items) {
  constexpr std::int64_t kMs = 1'000'000;
  observer.run_started(0, {"r-1", "de\"mo", &items, 1'795'000'000'123'000'000});
  observer.stage_started(1 * kMs, {0, "hash", "file.checksum", "process", 2, 5});
  const auto end = [&](std::uint32_t stage, TaskFinished task) {
    observer.tasks_started(task.started_ns, stage, std::vector<TaskStarted>{{task.index, task.attempt}});
    observer.tasks_finished(task.started_ns + task.run_ns, stage, {&task, 1});
  };
  KeptOutput output;
  output.add(OutputStream::out, "out\n");
  output.put(OutputStream::err, 100'000, "late \x02\xff\n");
  output.add(OutputStream::process, "printed\n");
  end(0, {.index = 1,
          .attempt = 1,
          .outcome = Outcome::timed_out,
          .detail = 0,
          .queued_ns = 0,
          .run_ns = 5 * kMs,
          .cpu_ns = 1,
          .host = 11,
          .worker = 0,
          .last = false,
          .message = "it took more than 5 ms",
          .started_ns = 2 * kMs});
  end(0, {.index = 2,
          .attempt = 1,
          .outcome = Outcome::failed,
          .detail = 0,
          .queued_ns = 0,
          .run_ns = 3 * kMs,
          .cpu_ns = 2 * kMs,
          .host = 12,
          .worker = 0,
          .last = false,
          .message = "no \"luck\"",
          .started_ns = 2 * kMs});
  end(0, {.index = 1,
          .attempt = 2,
          .outcome = Outcome::succeeded,
          .detail = 0,
          .queued_ns = 0,
          .run_ns = 1 * kMs,
          .cpu_ns = 1 * kMs,
          .host = 11,
          .worker = 0,
          .last = true,
          .message = "",
          .started_ns = 8 * kMs});
  end(0, {.index = 2,
          .attempt = 2,
          .outcome = Outcome::crashed,
          .detail = 11,
          .queued_ns = 0,
          .run_ns = 4 * kMs,
          .cpu_ns = 3 * kMs,
          .host = 12,
          .worker = 0,
          .last = true,
          .message = "killed by SIGSEGV",
          .evidence = "read address 0x0\n#0 a.so  f()+0x4\n",
          .output = &output,
          .started_ns = 6 * kMs});
  end(0, {.index = 0,
          .attempt = 1,
          .outcome = Outcome::succeeded,
          .detail = 0,
          .queued_ns = 0,
          .run_ns = 2'000 * kMs,
          .cpu_ns = 500 * kMs,
          .host = 11,
          .worker = 0,
          .last = true,
          .message = "",
          .started_ns = 10 * kMs});
  TaskFinished cancelled{.index = 3,
                         .attempt = 1,
                         .outcome = Outcome::cancelled,
                         .detail = 0,
                         .queued_ns = 0,
                         .run_ns = 7 * kMs,
                         .cpu_ns = 0,
                         .host = 12,
                         .worker = 0,
                         .last = true,
                         .message = "the run was stopped",
                         .started_ns = 11 * kMs};
  end(0, cancelled);
  TaskFinished kept{.index = 4,
                    .attempt = 0,
                    .outcome = Outcome::succeeded,
                    .detail = 0,
                    .queued_ns = 0,
                    .run_ns = 0,
                    .cpu_ns = 0,
                    .host = 0,
                    .worker = 0,
                    .last = true,
                    .message = ""};
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
  std::ifstream file(std::string(ROPEWALK_GOLDEN) + "/" + name, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  if (text.str() != actual) std::ofstream(std::string(ROPEWALK_BUILD) + "/actual-" + name, std::ios::binary) << actual;
  return text.str();
}

}  // namespace ropewalk::test
