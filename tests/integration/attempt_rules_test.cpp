// timeout, retries, limits and unreasonable values, as a user sees them: the complete messages, before anything starts.

#include "program.hpp"

#include <gtest/gtest.h>

namespace ropewalk::test {
namespace {

/// The messages of `ropewalk run a.yaml` with these options; it runs nothing.
std::string refusal(int exit_code, std::string_view text, std::vector<std::string> options = {}) {
  const Folder folder;
  folder.file("a.yaml", text);
  options.insert(options.begin(), {"run", "a.yaml"});
  const ProgramEnd ended = ropewalk(options, {.folder = folder.path()});
  EXPECT_EQ(ended.exit_code, exit_code) << ended.err;
  EXPECT_EQ(ended.out, "");
  EXPECT_LT(ended.seconds, 30);
  return ended.err;
}

TEST(AttemptRules, Y09_UnreasonableValuesAreRejectedWithPlaceCauseAndFix) {
  EXPECT_EQ(refusal(3, R"(ropewalk: 1
name: a
stages:
  - name: s
    task: sim.noop
    workers: -1
    timeout: 30
    retries:
      max: 5000
      delay: 1m
      max_delay: 10s
      backoff: 0.5
      jitter: 2
      when: [crash, timout]
    limits:
      memory: 512
      cpu_time: 0s
      files: 0
      output: 2GiB
)"),
            R"(a.yaml:6:14: error[W205]: 'workers' must lie between 1 and 4096, this is -1
   6 |     workers: -1
     |              ^^
     = write auto for the number of usable cores
a.yaml:7:14: error[W204]: 'timeout' wants a duration, but '30' has no unit
   7 |     timeout: 30
     |              ^^
     = write 30s for seconds; the units are ns us ms s m h d
a.yaml:9:12: error[W205]: 'max' of 'retries' must lie between 0 and 1000, this is 5000
   9 |       max: 5000
     |            ^^^^
     = it is the number of extra tries, 0 for none
a.yaml:10:14: error[W205]: 'delay' of 'retries' is longer than its 'max_delay'
  10 |       delay: 1m
     |              ^^
     = raise 'max_delay', or remove it
a.yaml:12:16: error[W205]: 'backoff' of 'retries' must lie between 1 and 1000, this is 0.5
  12 |       backoff: 0.5
     |                ^^^
     = each delay is so many times the one before; 1 keeps them equal
a.yaml:13:15: error[W205]: 'jitter' of 'retries' must lie between 0 and 1, this is 2
  13 |       jitter: 2
     |               ^
     = it is the part of a delay that chance may cut off, such as 0.2
a.yaml:14:21: error[W206]: there is no kind of failure 'timout' to try again after; did you mean 'timeout'?
  14 |       when: [crash, timout]
     |                     ^^^^^^
     = the kinds are: error, transient, timeout, crash, memory; exit codes are written {exit: [75, 111]}
a.yaml:16:15: error[W205]: 'memory' of 'limits' must lie between 16MiB and 1024TiB, this is 512
  16 |       memory: 512
     |               ^^^
     = write such as 512MiB (a number without a unit is bytes); a host needs some of it for itself
a.yaml:17:17: error[W205]: 'cpu_time' of 'limits' must lie between 1ms and 10 years, this is 0s
  17 |       cpu_time: 0s
     |                 ^^
     = remove the key to let a task compute as long as it likes
a.yaml:18:14: error[W205]: 'files' of 'limits' must lie between 1B and 1024TiB, this is 0
  18 |       files: 0
     |              ^
     = it is the size that a file of the task may reach, such as 1GB
a.yaml:19:15: error[W205]: 'output' of 'limits' must lie between 4KiB and 1GiB, this is 2GiB
  19 |       output: 2GiB
     |               ^^^^
     = write such as 1MiB (a number without a unit is bytes); larger output belongs in a file
11 mistakes in a.yaml
)");
}

TEST(AttemptRules, AreMapsOfKnownKeys) {
  EXPECT_EQ(refusal(3, R"(ropewalk: 1
name: a
defaults: {retries: {dealy: 1s}, limits: 512MiB}
stages:
  - {name: s, task: sim.noop, retries: {when: []}, limits: {memroy: 1GB}}
)"),
            R"(a.yaml:3:22: error[W207]: 'retries' has no key 'dealy'; did you mean 'delay'?
   3 | defaults: {retries: {dealy: 1s}, limits: 512MiB}
     |                      ^^^^^
     = 'retries' takes: max, delay, backoff, max_delay, jitter, when, unless
a.yaml:3:42: error[W209]: 'limits' wants a map such as {memory: 512MiB}, but this is a single value
   3 | defaults: {retries: {dealy: 1s}, limits: 512MiB}
     |                                          ^^^^^^
a.yaml:5:47: error[W209]: 'when' of 'retries' is empty, so nothing would ever be tried again
   5 |   - {name: s, task: sim.noop, retries: {when: []}, limits: {memroy: 1GB}}
     |                                               ^
     = name some of error, transient, timeout, crash, memory, or {exit: CODES}; or remove the key
a.yaml:5:61: error[W207]: 'limits' has no key 'memroy'; did you mean 'memory'?
   5 |   - {name: s, task: sim.noop, retries: {when: []}, limits: {memroy: 1GB}}
     |                                                             ^^^^^^
     = 'limits' takes: memory, cpu_time, files, output
4 mistakes in a.yaml
)");
}

TEST(AttemptRules, ALimitThatTheExecutorCannotEnforceIsRejected) {
  const std::string file = R"(ropewalk: 1
name: a
stages:
  - {name: s, task: sim.noop, executor: EXECUTOR, limits: {cpu_time: 30s}}
)";
  const auto with = [&](const std::string& executor) {
    return std::string(file).replace(file.find("EXECUTOR"), 8, executor);
  };
  EXPECT_EQ(
      refusal(3, with("thread")),
      R"(a.yaml:4:68: error[W220]: stage 's': 'cpu_time' of 'limits' cannot be held on the executor 'thread': its tasks share a process
   4 |   - {name: s, task: sim.noop, executor: thread, limits: {cpu_time: 30s}}
     |                                                                    ^^^
     = write 'executor: process', where each worker has a process of its own
1 mistake in a.yaml
)");
  EXPECT_EQ(
      refusal(2, with("process"), {"--executor", "thread"}),
      R"(ropewalk: error[C208]: --executor thread: stage 's': 'cpu_time' of 'limits' cannot be held on the executor 'thread': its tasks share a process
     = leave that stage to processes with --executor s=process; or remove the limit from the workflow
)");
}

TEST(AttemptRules, P12_ALimitSharedByThreadsIsAWarning) {
  const Folder folder;
  folder.file("a.yaml", R"(ropewalk: 1
name: a
defaults: {timeout: 30s}
stages:
  - {name: s, task: sim.noop, executor: thread, limits: {memory: 1GiB, output: 1MiB}}
)");
  const ProgramEnd ended = ropewalk({"validate", "a.yaml"}, {.folder = folder.path()});
  EXPECT_EQ(ended.exit_code, 0);
  EXPECT_EQ(
      ended.err,
      R"(a.yaml:3:21: warning[W222]: stage 's' has a timeout on the executor 'thread': a task that does not stop when asked is ended with its whole host, and what else runs there runs again
   3 | defaults: {timeout: 30s}
     |                     ^^^
     = write 'executor: process', where it is ended alone
a.yaml:5:66: warning[W221]: 'memory' of 'limits' is held for the whole host: tasks of stage 's' share a process on the executor 'thread', so all of them together may use so much
   5 |   - {name: s, task: sim.noop, executor: thread, limits: {memory: 1GiB, output: 1MiB}}
     |                                                                  ^^^^
     = write 'executor: process' to hold it for each task; or give what all of them may use
a.yaml:5:80: warning[W221]: 'output' of 'limits' is held for the whole host: tasks of stage 's' share a process on the executor 'thread', so what they print themselves is counted together; commands are counted task by task
   5 |   - {name: s, task: sim.noop, executor: thread, limits: {memory: 1GiB, output: 1MiB}}
     |                                                                                ^^^^
     = write 'executor: process' to hold it for each task; or give what all of them may write
a.yaml: valid, 1 stage
)");
}

TEST(AttemptRules, AWarningOfThePlanIsShownOncePerRun) {
  const Folder folder;
  folder.file("a.yaml", R"(ropewalk: 1
name: a
stages:
  - {name: s, task: sim.noop, executor: thread, timeout: 30s}
)");
  const ProgramEnd ended = ropewalk({"run", "a.yaml"}, {.folder = folder.path()});
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  const std::size_t first = ended.err.find("has a timeout on the executor");
  EXPECT_NE(first, std::string::npos) << ended.err;
  EXPECT_EQ(ended.err.find("has a timeout on the executor", first + 1), std::string::npos) << ended.err;
}

TEST(BadInput, Y17_AFanOutOfATrillionIsRejectedBeforeAnythingStarts) {
  EXPECT_EQ(refusal(3, R"(ropewalk: 1
name: a
stages:
  - {name: s, task: sim.noop, workers: 1000000000, foreach: {range: 1000000000000}}
)"),
            R"(a.yaml:4:40: error[W205]: 'workers' must lie between 1 and 4096, this is 1000000000
   4 |   - {name: s, task: sim.noop, workers: 1000000000, foreach: {range: 1000000000000}}
     |                                        ^^^^^^^^^^
     = write auto for the number of usable cores
a.yaml:4:69: error[W217]: this range has too many items: a stage has at most 1,000,000,000 tasks
   4 |   - {name: s, task: sim.noop, workers: 1000000000, foreach: {range: 1000000000000}}
     |                                                                     ^^^^^^^^^^^^^
     = let each task do more of the work
2 mistakes in a.yaml
)");
}

TEST(BadInput, Y09_UnreasonableJobsAreRejected) {
  EXPECT_EQ(refusal(2, "", {"-j", "-1"}), R"(ropewalk: error[C104]: -j wants a whole number from 1 to 4096, not '-1'
)");
  EXPECT_EQ(refusal(2, "", {"-j", "1000000000"}),
            R"(ropewalk: error[C104]: -j wants a whole number from 1 to 4096, not '1000000000'
)");
}

}  // namespace
}  // namespace ropewalk::test
