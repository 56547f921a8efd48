// How many system calls a million tasks cost, over all processes of a run, and how many page faults a fork costs. A
// tracer slows system calls down and so changes everything that depends on time; counts that depend only on tasks must
// not change.

#include "support/scratch.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cstdlib>
#include <sstream>
#include <string>

namespace ropewalk {
namespace {

// 15,000 on a quiet machine. Hosts ring about once a millisecond, so a slower machine has more. One call per task would
// be a million.
constexpr std::uint64_t kTasks = 1'000'000, kMax = 200'000;

/// Calls that tasks are dealt, run and reported with. Not counted are those that compare a process with its
/// fingerprint: they have a bounded share of the time, so their number depends on the speed of the machine.
constexpr const char* kOfTasks =
    "futex,epoll_pwait2,epoll_wait,poll,read,preadv2,write,pwrite64,recvmsg,sendmsg,mmap,munmap,"
    "madvise,fallocate,clone3,memfd_create,kill,tgkill,wait4,waitid";

/// The last line of strace's summary: "100.00 seconds usecs/call calls [errors] total".
std::uint64_t total(const std::string& summary) {
  std::istringstream lines(summary);
  std::string line;
  while (std::getline(lines, line)) {
    if (!line.ends_with(" total")) continue;
    std::istringstream words(line);
    double percent = 0, seconds = 0;
    std::uint64_t each = 0, calls = 0;
    words >> percent >> seconds >> each >> calls;
    return calls;
  }
  return 0;
}

class SystemCalls : public testing::TestWithParam<const char*> {};

TEST_P(SystemCalls, OfAMillionTasksAreFarFewerThanTasks) {
  const test::Scratch scratch;
  if (std::system(("strace -f -o " + (scratch / "probe").string() + " true 2>/dev/null").c_str()) != 0)
    GTEST_SKIP() << "strace is not installed, or may not trace here";
  const auto workflow = scratch.write(
      "million.yaml",
      fmt::format("ropewalk: 1\nname: million\nstages:\n  - {{name: all, task: sim.echo, executor: {}, workers: 2, "
                  "foreach: {{range: {}}}, with: {{value: '${{{{ item }}}}'}}}}\n",
                  GetParam(), kTasks));
  const std::string command = fmt::format(
      "ROPEWALK_RECORD=false strace -f -c -q -e trace={} -o {} '{}/bin/ropewalk' run {} -q --results {} 2>&1", kOfTasks,
      (scratch / "summary").string(), ROPEWALK_BUILD, workflow.string(), (scratch / "results").string());
  ASSERT_EQ(std::system(command.c_str()), 0);
  const std::string summary = test::content(scratch / "summary");
  const std::uint64_t calls = total(summary);
  EXPECT_GT(calls, 100u) << "the summary was not understood:\n" << summary;
  EXPECT_LE(calls, kMax) << summary;
}

/// After a fork, both sides copy each page that they write to, at 2 us: 27 faults a task. A host that starts late adds
/// up to three.
TEST(PageFaults, OfATaskInAProcessOfItsOwnAreAtMost36) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "a sanitizer has pages of its own";
#endif
  constexpr long kFew = 200, kMany = 1200;
  const test::Scratch scratch;
  const auto faults_of = [&](long tasks) {
    const auto workflow = scratch.write(
        fmt::format("{}.yaml", tasks),
        fmt::format("ropewalk: 1\nname: few\nstages:\n  - {{name: all, task: sim.noop, executor: process-per-task, "
                    "workers: 2, foreach: {{range: {}}}}}\n",
                    tasks));
    rusage before{}, after{};
    ::getrusage(RUSAGE_CHILDREN, &before);
    EXPECT_EQ(
        std::system(fmt::format("ROPEWALK_RECORD=false '{}/bin/ropewalk' run {} -q", ROPEWALK_BUILD, workflow.string())
                        .c_str()),
        0);
    ::getrusage(RUSAGE_CHILDREN, &after);
    return after.ru_minflt - before.ru_minflt;
  };
  const long a_task = (faults_of(kMany) - faults_of(kFew)) / (kMany - kFew);
  EXPECT_GT(a_task, 5) << "the children's were not counted";
  EXPECT_LE(a_task, 36);
}

INSTANTIATE_TEST_SUITE_P(Executors, SystemCalls, testing::Values("thread", "process"),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace ropewalk
