#include "history/task_story.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <ctime>

namespace ropewalk {
namespace {

constexpr std::int64_t kMs = 1'000'000;

struct TaskStory : testing::Test {
  TaskStory() {
    ::setenv("TZ", "UTC", 1);
    ::tzset();
    run.name = "quiet-otter";
    run.workflow = "photos";
    run.file = "photos.yaml";
    run.sessions = {{.number = 1, .started_unix_ns = 1'795'953'791'000 * kMs, .pid = 4700, .machine = "desk"}};
    stage = {.number = 0,
             .name = "hash",
             .task = "file.checksum",
             .executor = "process",
             .workers = 2,
             .plugin = "file",
             .plugin_version = "1.2.0",
             .plugin_path = "/lib/file.so"};
  }
  std::string story() const {
    std::string out;
    append_task_story(out, {.run = run,
                            .stage = stage,
                            .index = 17,
                            .task = task,
                            .parameters = parameters,
                            .parameters_problem = problem});
    return out;
  }
  RecordedRun run;
  RecordedStage stage;
  RecordedTask task;
  std::vector<std::pair<std::string, std::string>> parameters;
  std::string problem;
};

TEST_F(TaskStory, HasEveryAttemptWithItsEvidenceLogAndOutputAndWhyTheNextOneRan) {
  task.attempts = {{.index = 17,
                    .attempt = 1,
                    .session = 1,
                    .outcome = Outcome::crashed,
                    .detail = SIGSEGV,
                    .queued_ns = 12 * kMs,
                    .started_ns = 2000 * kMs,
                    .run_ns = 1200 * kMs,
                    .cpu_ns = 900 * kMs,
                    .host = 4711,
                    .worker = 0,
                    .item = "\"a.jpg\"",
                    .message = "",
                    .evidence = "address 0x0\n#0 read_block"},
                   {.index = 17,
                    .attempt = 2,
                    .session = 1,
                    .outcome = Outcome::succeeded,
                    .last = true,
                    .queued_ns = 1 * kMs,
                    .started_ns = 4000 * kMs,
                    .run_ns = 500 * kMs,
                    .cpu_ns = 400 * kMs,
                    .host = 4712,
                    .worker = 1,
                    .item = "\"a.jpg\"",
                    .result = "{\"size\": 3}"}};
  task.lines = {{.attempt = 1, .t_ns = 2100 * kMs, .level = LogLevel::warning, .text = "block 7 is\x1b[2Jodd"}};
  task.outputs = {{1, {.stream = OutputStream::err, .bytes = 6, .head = "bad\nx\n"}}};
  parameters = {{"path", "\"a.jpg\""}, {"algorithm", "\"sha256\""}};
  EXPECT_EQ(story(),
            "hash/17 (a.jpg) of run quiet-otter: succeeded at attempt 2\n"
            "\n"
            "task        file.checksum on process x2\n"
            "plugin      file 1.2.0 (/lib/file.so)\n"
            "workflow    photos (photos.yaml)\n"
            "item        \"a.jpg\"\n"
            "parameters  path: \"a.jpg\"\n"
            "            algorithm: \"sha256\"\n"
            "result      {\"size\": 3}\n"
            "\n"
            "attempt 1: crashed by SIGSEGV\n"
            "  started   2026-11-29 12:03:13, 12 ms after it was ready\n"
            "  ran       1.20 s, CPU time 900 ms\n"
            "  host      process 4711, worker 0, on desk\n"
            "  evidence\n"
            "      address 0x0\n"
            "      #0 read_block\n"
            "  log\n"
            "        100 ms after its start: warning: block 7 is\\x1b[2Jodd\n"
            "  output\n"
            "      | bad\n"
            "      | x\n"
            "\n"
            "attempt 2: succeeded\n"
            "  it ran again because attempt 1 crashed by SIGSEGV\n"
            "  started   2026-11-29 12:03:15, 1.0 ms after it was ready\n"
            "  ran       500 ms, CPU time 400 ms\n"
            "  host      process 4712, worker 1, on desk\n");
}

TEST_F(TaskStory, AfterAResumeSaysWhatMadeItRunAgain) {
  run.sessions.push_back(
      {.number = 2, .started_unix_ns = run.sessions[0].started_unix_ns + 60'000 * kMs, .machine = "desk"});
  task.attempts = {{.index = 17, .attempt = 1, .session = 1, .outcome = Outcome::succeeded, .key = 0xab},
                   {.index = 17, .attempt = 2, .session = 2, .outcome = Outcome::succeeded, .key = 0xcd}};
  EXPECT_THAT(story(), testing::HasSubstr("it ran again in session 2 because its plugin, task type or parameters "
                                          "changed (key 00000000000000cd, before 00000000000000ab)\n"));
  task.attempts[1].key = 0xab;
  EXPECT_THAT(story(), testing::HasSubstr("it ran again in session 2 because a stage that it depends on ran again\n"));
  task.attempts[0].outcome = Outcome::timed_out;
  EXPECT_THAT(story(), testing::HasSubstr("it ran again in session 2 because attempt 1 timed out\n"));
}

TEST_F(TaskStory, OfATaskThatNeverStartedHasItsReason) {
  task.attempts = {{.index = 17,
                    .attempt = 0,
                    .session = 1,
                    .outcome = Outcome::skipped,
                    .last = true,
                    .message = "stage 'fetch' failed"}};
  EXPECT_THAT(story(), testing::HasSubstr("hash/17 of run quiet-otter: skipped\n"));
  EXPECT_THAT(story(), testing::HasSubstr("it never started: skipped\n  message   stage 'fetch' failed\n"));
}

TEST_F(TaskStory, OfATaskWithoutAnAttemptSaysWhetherItMayStillRun) {
  EXPECT_THAT(story(), testing::HasSubstr("hash/17 of run quiet-otter: no attempt of it is recorded\n"));
  run.live_pid = 4700;
  EXPECT_THAT(story(), testing::HasSubstr("hash/17 of run quiet-otter: has not ended an attempt yet\n"));
}

TEST_F(TaskStory, SaysWhyParametersCannotBeShown) {
  problem = "param 'token' is secret";
  EXPECT_THAT(story(), testing::HasSubstr("parameters  cannot be shown: param 'token' is secret\n"));
}

TEST(OutputOf, PutsHeadAndTailAtTheirPlaces) {
  RecordedTask task;
  task.outputs = {{1, {.stream = OutputStream::out, .bytes = 10, .head = "abc", .tail = "xyz"}},
                  {2, {.stream = OutputStream::out, .bytes = 3, .head = "abc"}}};
  const KeptStream kept = output_of(task, 1).of(OutputStream::out);
  EXPECT_EQ(kept.bytes, 10u);
  EXPECT_EQ(kept.head, "abc");
  EXPECT_EQ(kept.tail, "xyz");
  EXPECT_FALSE(kept.whole());
  EXPECT_TRUE(output_of(task, 2).of(OutputStream::out).whole());
  EXPECT_TRUE(output_of(task, 3).empty());
}

}  // namespace
}  // namespace ropewalk
