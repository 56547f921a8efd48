// The real program under system limits that xargs copes with: tasks that cannot begin wait, and nothing is lost.

#include "program.hpp"

#include <gmock/gmock.h>

#include <sys/stat.h>
#include <unistd.h>

namespace ropewalk::test {
namespace {

using testing::HasSubstr;
using testing::Not;

ProgramEnd limited(std::vector<std::string> limits, std::vector<std::string> rest, ProgramOptions options = {}) {
  limits.insert(limits.begin(), "/usr/bin/prlimit");
  limits.push_back(ROPEWALK_PROGRAM);
  limits.insert(limits.end(), rest.begin(), rest.end());
  return Program(limits, options).wait();
}

std::size_t times_in(const std::string& text, std::string_view what) {
  std::size_t times = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++times;
  return times;
}

constexpr const char* kWaits = "the others wait until one has ended";

TEST(Scarcity, R08_CommandsBeyondTheDescriptorsWaitWithOneWarning) {
  for (const char* executor : {"thread", "process", "process-per-task", "thread-per-task"}) {
    const ProgramEnd ended = limited({"--nofile=128:128"}, {"map", "shell.run", "--executor", executor, "-j", "60",
                                                            "--range", "200", "--", "sleep", "0.05"});
    EXPECT_EQ(ended.exit_code, 0) << executor << ended.err;
    EXPECT_THAT(ended.err, HasSubstr("200 of 200 tasks succeeded")) << executor;
    EXPECT_LE(times_in(ended.err, "warning: "), 1u) << executor << ended.err;
  }
}

TEST(Scarcity, R08_TheSoftLimitIsRaisedForRopewalkAndKeptForCommands) {
  const ProgramEnd ended = limited(
      {"--nofile=100:700"}, {"map", "shell.run", "-j", "60", "--range", "120", "--print", "stdout", "--", "sh", "-c",
                             "sleep 0.05; ulimit -Sn; ulimit -Hn; sed -n 's/^Max open files *//p' /proc/$PPID/limits"});
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_THAT(ended.err, Not(HasSubstr(kWaits))) << "there is room for all of them";
  EXPECT_EQ(times_in(ended.out, "100\n700\n"), 120u) << ended.out.substr(0, 300);
  EXPECT_EQ(times_in(ended.out, "668                  700 "), 120u)
      << "the host itself, but for what it keeps back: " << ended.out.substr(0, 300);
}

TEST(Scarcity, R09_CommandsBeyondTheProcessLimitWaitWithOneWarning) {
  if (::getuid() != 0)
    GTEST_SKIP() << "needs root, to become somebody whose processes are limited; twin: the faults' Scarcity";
  const Folder folder;
  ASSERT_EQ(::chmod(folder.path().c_str(), 0755), 0);
  const std::string nobody = std::to_string(910'000'000 + ::getpid() % 1'000'000);
  for (const char* executor : {"thread", "process", "process-per-task", "thread-per-task"}) {
    const ProgramEnd ended = Program({"/usr/bin/setpriv", "--reuid=" + nobody, "--clear-groups", "/usr/bin/prlimit",
                                      "--nproc=40", ROPEWALK_PROGRAM, "map", "shell.run", "--executor", executor, "-j",
                                      "60", "--range", "200", "--", "sleep", "0.02"},
                                     {.folder = folder.path()})
                                 .wait();
    if (ended.exit_code == 126 || ended.exit_code == 127) GTEST_SKIP() << "another user cannot start it: " << ended.err;
    EXPECT_EQ(ended.exit_code, 0) << executor << ended.err;
    EXPECT_THAT(ended.err, HasSubstr("200 of 200 tasks succeeded")) << executor;
    EXPECT_LE(times_in(ended.err, "warning: "), 1u) << executor << ended.err;
  }
}

TEST(Scarcity, R08_LargeResultsArriveEvenIfHostsUseAllDescriptors) {
  for (const char* executor : {"thread", "process"}) {
    const ProgramEnd ended =
        limited({"--nofile=128:128"}, {"map", "shell.run", "--executor", executor, "-j", "60", "--range", "100",
                                       "--print", "stdout", "--", "seq", "100000"});
    EXPECT_EQ(ended.exit_code, 0) << executor << ended.err;
    EXPECT_EQ(ended.out.size(), 100u * 588'895) << executor;
  }
}

constexpr const char* kLeaks = R"(ropewalk: 1
name: leaks
stages:
  - {name: leak, task: zoo.leak_fds, executor: EXECUTOR, foreach: {range: 200}, with: {count: 10}}
  - {name: after, task: zoo.leak_fds, executor: EXECUTOR, foreach: {range: 20}, with: {count: 10}}
)";

TEST(Scarcity, R14_LeakedDescriptorsCostNoTaskAndNoLaterStage) {
  const Folder folder;
  for (const char* executor : {"serial", "thread, workers: 4", "process, workers: 2", "thread-per-task, workers: 4",
                               "process-per-task, workers: 2"}) {
    std::string text = kLeaks;
    for (std::size_t at; (at = text.find("EXECUTOR")) != std::string::npos;) text.replace(at, 8, executor);
    folder.file("leaks.yaml", text);
    const ProgramEnd ended = limited({"--nofile=512:512"}, {"run", "leaks.yaml", "--plugins", ROPEWALK_TEST_PLUGINS},
                                     {.folder = folder.path()});
    EXPECT_EQ(ended.exit_code, 0) << executor << ended.err;
    EXPECT_THAT(ended.err, HasSubstr("220 of 220 tasks succeeded")) << executor;
    const bool shared = std::string(executor).starts_with("thread");
    EXPECT_EQ(ended.err.find(" descriptors are open); such a host is replaced") != std::string::npos,
              shared || std::string(executor).find("task") == std::string::npos)
        << executor << ended.err;
  }
}

}  // namespace
}  // namespace ropewalk::test
