// The real program on a machine that lacks some resource. In every case the run is correct, or it ends with its cause
// and a matching exit code. It never hangs and never loses a task.

#include "own_mounts.hpp"
#include "program.hpp"

#include <gmock/gmock.h>

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

namespace ropewalk::test {
namespace {

using testing::AnyOf;
using testing::HasSubstr;

constexpr const char* kNineTasks = R"(ropewalk: 1
name: a
stages:
  - name: s
    task: sim.sleep
    executor: EXECUTOR
    workers: 3
    foreach: {range: 9}
    with: {seconds: 0.002}
)";

std::string nine_tasks(const std::string& executor) {
  std::string text = kNineTasks;
  return text.replace(text.find("EXECUTOR"), 8, executor);
}

/// LeakSanitizer traces a process at its end. A tracer, borrowed rights, a limit of processes and a missing /proc
/// prevent that, and then it ends the process with an error.
std::vector<std::pair<std::string, std::string>> without_leak_check() {
  const char* options = std::getenv("ASAN_OPTIONS");
  if (options == nullptr) return {};
  return {{"ASAN_OPTIONS", std::string(options) + ":detect_leaks=0"}};
}

/// Runs ropewalk with these words in front of it, such as prlimit.
ProgramEnd under(std::vector<std::string> words, const Folder& folder, std::vector<std::string> rest,
                 ProgramOptions options = {}) {
  words.insert(words.end(), ROPEWALK_PROGRAM);
  words.insert(words.end(), rest.begin(), rest.end());
  options.folder = folder.path();
  const auto unchecked = without_leak_check();
  options.environment.insert(options.environment.end(), unchecked.begin(), unchecked.end());
  return Program(words, options).wait();
}

/// 3: not even the workflow can be opened.
void expect_right_or_told(const ProgramEnd& ended, const std::string& where) {
  EXPECT_THAT(ended.exit_code, AnyOf(0, 3, 4, 70, 127)) << where << ended.err << " signal " << ended.signal;
  EXPECT_FALSE(ended.err.empty()) << where;
  EXPECT_EQ(ended.err.find("9 of 9 tasks succeeded") != std::string::npos, ended.exit_code == 0) << where << ended.err;
}

TEST(ResourceFaults, R08_AStageGetsTheDescriptorsOfUnusedHosts) {
  const Folder folder;
  folder.file("a.yaml", R"(ropewalk: 1
name: a
stages:
  - {name: hosts, task: sim.sleep, executor: process, workers: 60, foreach: {range: 120}, with: {seconds: 0.02}}
  - {name: forked, task: sim.sleep, executor: process-per-task, workers: 60, foreach: {range: 120}, with: {seconds: 0.02}}
  - {name: threads, task: sim.sleep, executor: thread, workers: 60, foreach: {range: 120}, with: {seconds: 0.02}}
)");
  const ProgramEnd ended = under({"/usr/bin/prlimit", "--nofile=64"}, folder, {"run", "a.yaml"});
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("stage 'hosts' goes on with ")) << "it is said";
}

TEST(ResourceFaults, R08_WithAnyNumberOfDescriptorsTheRunIsCorrectOrReportsThatThereAreTooFew) {
#if defined(__SANITIZE_ADDRESS__)
  GTEST_SKIP() << "UBSan opens a pipe to read the type of an object";
#endif
  const Folder folder;
  for (const char* executor : {"process", "thread"}) {
    folder.file("a.yaml", nine_tasks(executor));
    int worked = 0;
    for (int files = 3; files <= 40; ++files) {
      const std::string where = std::string(executor) + " nofile=" + std::to_string(files);
      const ProgramEnd ended =
          under({"/usr/bin/prlimit", "--nofile=" + std::to_string(files)}, folder, {"run", "a.yaml"});
      expect_right_or_told(ended, where);
      worked += ended.exit_code == 0;
      if (ended.exit_code == 0) continue;
      EXPECT_THAT(ended.err, AnyOf(HasSubstr("Too many open files"), HasSubstr("Error 24"),
                                   HasSubstr("no file descriptor is left")))
          << where;
    }
    EXPECT_GT(worked, 15) << executor;
  }
}

constexpr const char* kLargeResults = R"(ropewalk: 1
name: a
stages:
  - {name: numbers, task: sim.echo, foreach: {range: 20000}, with: {value: "${{ item }}"}}
  - {name: tasks, task: shell.run, with: {command: "ulimit -S -f"}}
)";

TEST(ResourceFaults, TheUsersFileSizeLimitAppliesToTasksAndNotToResults) {
  const Folder folder;
  folder.file("a.yaml", kLargeResults);
  const ProgramEnd ended =
      under({"/usr/bin/prlimit", "--fsize=65536:"}, folder, {"run", "a.yaml", "--results", "results"});
  EXPECT_EQ(ended.exit_code, 0) << ended.signal << ended.err;
  const std::vector<std::string> results = lines_of(read_file(folder.path("results")));
  EXPECT_EQ(results.size(), 20001u);
  EXPECT_THAT(results.back(), HasSubstr("128")) << "blocks of 512 bytes";
}

TEST(ResourceFaults, UnderAHardFileSizeLimitTheRunIsCorrectOrNamesTheFile) {
  const Folder folder;
  folder.file("a.yaml", kLargeResults);
  for (const int limit : {16384, 65536, 1 << 20, 8 << 20}) {
    const ProgramEnd ended = under({"/usr/bin/prlimit", "--fsize=" + std::to_string(limit)}, folder,
                                   {"run", "a.yaml", "--results", "results"});
    EXPECT_THAT(ended.exit_code, AnyOf(0, 4, 70, 74)) << limit << " " << ended.signal << ended.err;
    const bool whole = ended.exit_code == 0 && lines_of(read_file(folder.path("results"))).size() == 20001;
    EXPECT_TRUE(whole || ended.err.find("File too large") != std::string::npos) << limit << ended.err;
  }
}

TEST(ResourceFaults, R10_WithAnyAddressSpaceTheRunIsCorrectOrReportsThatMemoryIsShort) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "a sanitizer keeps its own memory";
#endif
  const Folder folder;
  folder.file("a.yaml", nine_tasks("process"));
  int runs = 0;
  for (int mb = 8; mb <= 48; mb += 4) {
    const std::vector<std::string> limited{"/usr/bin/prlimit", "--as=" + std::to_string(std::int64_t{mb} << 20)};
    if (under(limited, folder, {"--version"}).signal != 0) continue;  // the kernel cannot even map the program
    expect_right_or_told(under(limited, folder, {"run", "a.yaml"}), "as=" + std::to_string(mb) + "M");
    ++runs;
  }
  EXPECT_GE(runs, 5);
}

TEST(ResourceFaults, R09_WithAnyNumberOfProcessesTheRunIsCorrectOrReportsThatNoneCanStart) {
  if (::getuid() != 0)
    GTEST_SKIP() << "needs root, to become somebody whose processes are limited; twin: Dealing.W18_R09";
  // An unused user id; otherwise the count would include that user's processes.
  const std::string nobody = std::to_string(900'000'000 + ::getpid() % 1'000'000);
  const Folder folder;
  folder.file("a.yaml", nine_tasks("process"));
  ASSERT_EQ(::chmod(folder.path().c_str(), 0755), 0);
  if (::access(ROPEWALK_PROGRAM, X_OK) != 0) GTEST_SKIP() << "the program cannot be reached";
  for (int processes = 1; processes <= 12; ++processes) {
    const std::string where = "nproc=" + std::to_string(processes);
    const ProgramEnd ended = under({"/usr/bin/setpriv", "--reuid=" + nobody, "--clear-groups", "/usr/bin/prlimit",
                                    "--nproc=" + std::to_string(processes)},
                                   folder, {"run", "a.yaml"});
    if (ended.exit_code == 126 || ended.exit_code == 127) GTEST_SKIP() << "another user cannot start it: " << ended.err;
    expect_right_or_told(ended, where);
  }
}

TEST(ResourceFaults, WithoutProcTheRunIsCorrectAndWarnsBeforehandOfMissingLimits) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "a sanitizer reads its options from /proc/self/environ";
#endif
  const Folder folder;
  folder.file("a.yaml", nine_tasks("process"));
  const int code = with_own_mounts([&] {
    if (::mount("empty", "/proc", "tmpfs", 0, nullptr) != 0) return kNotPermitted;
    const ProgramEnd ended = under({"/usr/bin/env"}, folder, {"run", "a.yaml"});
    const std::size_t warned = ended.err.find("/proc is not mounted"), begun = ended.err.find("9 of 9 tasks succeeded");
    if (ended.exit_code != 0 || warned == std::string::npos || begun == std::string::npos || warned > begun)
      std::fputs(ended.err.c_str(), stderr);
    return ended.exit_code != 0 ? 1 : warned < begun && begun != std::string::npos ? 0 : 2;
  });
  if (code == -1) GTEST_SKIP() << "no mount namespace";
  EXPECT_EQ(code, 0);
}

TEST(ResourceFaults, WithASmallStackTheRunIsCorrectOrReportsThatTheStackIsTooSmall) {
  const Folder folder;
  folder.file("a.yaml", nine_tasks("thread"));
  for (const int kib : {64, 128, 256, 512, 1024}) {
    for (const char* soft : {"", ":"}) {
      const std::string where = "stack=" + std::to_string(kib) + soft;
      const ProgramEnd ended =
          under({"/usr/bin/prlimit", "--stack=" + std::to_string(kib << 10) + soft}, folder, {"run", "a.yaml"});
      EXPECT_EQ(ended.signal, 0) << where << ended.err;
      if (ended.exit_code == 0) continue;
      EXPECT_EQ(ended.exit_code, 70) << where;
      EXPECT_THAT(ended.err, HasSubstr("error[R105]")) << where;
    }
  }
}

struct RefusedCall {
  const char* name;
  int number;
  bool needed;  // by the C library or by Ropewalk
};

std::ostream& operator<<(std::ostream& out, const RefusedCall& call) { return out << call.name; }

class RefusedCalls : public testing::TestWithParam<RefusedCall> {};

/// Sandboxes refuse unknown calls with EPERM, older kernels with ENOSYS.
TEST_P(RefusedCalls, R09_InASandboxWithoutThemTheRunIsCorrectOrReportsTheCause) {
  const Folder folder;
  for (const char* executor : {"process", "thread", "process-per-task"}) {
    folder.file("a.yaml", nine_tasks(executor));
    for (const int error : {ENOSYS, EPERM}) {
      const std::string where = std::string(executor) + ", errno " + std::to_string(error) + ": ";
      const ProgramEnd ended = under({ROPEWALK_REFUSE_CALL, std::to_string(GetParam().number), std::to_string(error)},
                                     folder, {"run", "a.yaml"});
      expect_right_or_told(ended, where);
      if (!GetParam().needed) {
        EXPECT_EQ(ended.exit_code, 0) << where << ended.err;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Every, RefusedCalls,
    testing::Values(RefusedCall{"epoll_pwait2", SYS_epoll_pwait2, false},
                    RefusedCall{"close_range", SYS_close_range, false}, RefusedCall{"clone3", SYS_clone3, true},
                    RefusedCall{"pidfd_send_signal", SYS_pidfd_send_signal, false},
                    RefusedCall{"getrandom", SYS_getrandom, false}, RefusedCall{"statx", SYS_statx, false},
                    RefusedCall{"sched_getaffinity", SYS_sched_getaffinity, false},
                    RefusedCall{"prlimit64", SYS_prlimit64, false}, RefusedCall{"pidfd_open", SYS_pidfd_open, true},
                    RefusedCall{"memfd_create", SYS_memfd_create, true}, RefusedCall{"waitid", SYS_waitid, true}),
    [](const auto& call) { return std::string(call.param.name); });

TEST(ResourceFaults, R06_AFullSharedMemoryFolderHasNoEffect) {
  const Folder folder;
  folder.file("a.yaml", nine_tasks("process"));
  const int code = with_own_mounts([&] {
    if (::mount("tmpfs", "/dev/shm", "tmpfs", 0, "size=64k") != 0) return kNotPermitted;
    fill("/dev/shm/full");
    return ropewalk({"run", "a.yaml"}, {.folder = folder.path()}).exit_code;
  });
  if (code == -1) GTEST_SKIP() << "no mount namespace; twin: Dealing.R07_R10";
  EXPECT_EQ(code, 0);
}

/// Results of 200 kB each go through a file in TMPDIR; the results file is in `out`.
constexpr const char* kManyBytes = R"(ropewalk: 1
name: a
stages:
  - name: s
    task: zoo.big_result
    executor: process
    workers: 2
    foreach: {range: 30}
    with: {size: 200000}
)";

TEST(ResourceFaults, R01_R05_AFullTemporaryFolderEndsTheRunWithTheReason) {
  const Folder folder;
  folder.file("a.yaml", kManyBytes);
  for (const char* how : {"size=256k", "nr_inodes=1"}) {
    const std::string report = folder.path("report");
    const int code = with_own_mounts([&] {
      const std::string small = folder.path("small");
      ::mkdir(small.c_str(), 0700);
      if (::mount("tmpfs", small.c_str(), "tmpfs", 0, how) != 0) return kNotPermitted;
      const ProgramEnd ended =
          ropewalk({"run", "a.yaml", "--plugins", ROPEWALK_TEST_PLUGINS, "--results", folder.path("results")},
                   {.folder = folder.path(), .environment = {{"TMPDIR", small}}});
      std::ofstream(report) << ended.err;
      return ended.exit_code;
    });
    if (code == -1) GTEST_SKIP() << "no mount namespace; twin: Dealing.R01_R05";
    EXPECT_THAT(code, AnyOf(70, 74)) << read_file(report);
    EXPECT_THAT(read_file(report), HasSubstr("No space left on device")) << how;
  }
}

TEST(ResourceFaults, R04_AFolderRemovedDuringTheRunIsReportedAndExitsWithSeventyFour) {
  const Folder folder;
  folder.file("a.yaml", R"(ropewalk: 1
name: a
stages:
  - name: s
    task: shell.run
    with: {command: "rm -rf out"}
)");
  folder.file("out/there", "");
  const ProgramEnd ended = ropewalk({"run", "a.yaml", "--results", "out/file"}, {.folder = folder.path()});
  EXPECT_EQ(ended.exit_code, 74) << ended.err;
  EXPECT_THAT(ended.err, testing::AllOf(HasSubstr("out/file"), HasSubstr("No such file or directory")));
  EXPECT_THAT(ended.err, HasSubstr("1 of 1 task succeeded")) << "the run itself is not hurt";
}

TEST(ResourceFaults, R04_AReadOnlyFolderIsReportedBeforeAnythingStarts) {
  const Folder folder;
  folder.file("a.yaml", nine_tasks("process"));
  const std::string report = folder.path("report");
  const int code = with_own_mounts([&] {
    const std::string still = folder.path("still");
    ::mkdir(still.c_str(), 0700);
    if (::mount("tmpfs", still.c_str(), "tmpfs", MS_RDONLY, "size=64k") != 0) return kNotPermitted;
    const ProgramEnd ended = ropewalk({"run", "a.yaml", "--results", still + "/file"}, {.folder = folder.path()});
    std::ofstream(report) << ended.err;
    return ended.exit_code;
  });
  if (code == -1) GTEST_SKIP() << "no mount namespace; twin: R04_AFolderThatGoesAway";
  EXPECT_EQ(code, 2) << read_file(report);
  EXPECT_THAT(read_file(report), HasSubstr("Read-only file system"));
}

TEST(ResourceFaults, R04_WithoutATemporaryFolderKeptResultsEndTheRunWithTheReason) {
  const Folder folder;
  folder.file("a.yaml", kManyBytes);
  const ProgramEnd ended =
      ropewalk({"run", "a.yaml", "--plugins", ROPEWALK_TEST_PLUGINS, "--results", folder.path("results")},
               {.folder = folder.path(), .environment = {{"TMPDIR", folder.path("nowhere")}}});
  if (ended.exit_code == 0) return;  // it found another place
  EXPECT_THAT(ended.exit_code, AnyOf(70, 74)) << ended.err;
  EXPECT_THAT(ended.err, AnyOf(HasSubstr("No such file"), HasSubstr("Not a directory"))) << ended.err;
}

TEST(ResourceFaults, R02_AnErrorOfSyncIsReportedOnceAndExitsWithSeventyFour) {
  const Folder folder;
  folder.file("a.yaml", nine_tasks("process"));
  const ProgramEnd ended = under({"/usr/bin/strace", "-o", folder.path("trace"), "-e", "trace=fsync,fdatasync", "-e",
                                  "inject=fsync,fdatasync:error=EIO"},
                                 folder, {"run", "a.yaml", "--results", folder.path("results")});
  if (read_file(folder.path("trace")).find("fsync") == std::string::npos)
    GTEST_SKIP() << "strace cannot be used here: " << ended.err;
  EXPECT_EQ(ended.exit_code, 74) << ended.err;
  EXPECT_THAT(ended.err, testing::AllOf(HasSubstr("results"), HasSubstr("Input/output error")));
  EXPECT_EQ(::access(folder.path("results").c_str(), F_OK), -1) << "half a file is no file";
}

/// A copy of the program, and a folder with a plugin that only the environment names. Another user may start it.
struct BorrowedRights : testing::Test {
  void SetUp() override {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    GTEST_SKIP() << "a sanitizer reads its options from /proc/self/environ, which borrowed rights hide";
#endif
    if (::getuid() != 0) GTEST_SKIP() << "needs root, to give a program to somebody else";
    ASSERT_EQ(::chmod(folder.path().c_str(), 0755), 0);
    for (const char* name : {"ropewalk", "ropewalk-host", "ropewalk-warden"})
      std::filesystem::copy_file(std::filesystem::path(ROPEWALK_PROGRAM).replace_filename(name), folder.path(name));
    std::filesystem::create_directory(folder.path("named"));
    std::filesystem::copy_file(ROPEWALK_TEST_PLUGINS "/zoo.so", folder.path("named/zoo.so"));
  }
  ProgramEnd list(std::vector<std::string> before = {}, std::vector<std::string> after = {}) const {
    before.insert(before.end(), {program, "plugins", "list"});
    before.insert(before.end(), after.begin(), after.end());
    return Program(before, {.folder = folder.path(), .environment = {{"ROPEWALK_PLUGIN_PATH", folder.path("named")}}})
        .wait();
  }
  static constexpr uid_t kNobody = 65534;
  const Folder folder;
  const std::string program = folder.path("ropewalk");
};

TEST_F(BorrowedRights, L12_OfAnOwnerOrGroupAreRejected) {
  ASSERT_EQ(::chown(program.c_str(), kNobody, kNobody), 0);
  for (const mode_t mode : {04755, 02755}) {
    ASSERT_EQ(::chmod(program.c_str(), mode), 0);
    const ProgramEnd ended = list();
    if (ended.exit_code == 0 && mode == 04755) GTEST_SKIP() << "no setuid programs here";
    EXPECT_EQ(ended.exit_code, 2);
    EXPECT_THAT(ended.err, HasSubstr("error[C110]"));
    EXPECT_THAT(ended.err, HasSubstr("chmod u-s,g-s"));
  }
}

TEST_F(BorrowedRights, L12_OfFileCapabilitiesMakeTheEnvironmentUnableToNamePlugins) {
  const std::vector<std::string> as_nobody{"/usr/bin/setpriv",      "--reuid",       std::to_string(kNobody), "--regid",
                                           std::to_string(kNobody), "--clear-groups"};
  EXPECT_THAT(list(as_nobody).out, HasSubstr("zoo"));
  // cap_net_bind_service, permitted and effective: version 2 of struct vfs_cap_data in linux/capability.h.
  const std::uint32_t capability[] = {0x02000001, 1u << 10, 0, 0, 0};
  if (::setxattr(program.c_str(), "security.capability", capability, sizeof capability, 0) != 0)
    GTEST_SKIP() << "no capabilities of files here";
  EXPECT_THAT(list(as_nobody).out, testing::Not(HasSubstr("zoo")));
  EXPECT_THAT(list(as_nobody, {"--plugins", folder.path("named")}).out, HasSubstr("zoo"))
      << "it could, if it were asked to";
}

}  // namespace
}  // namespace ropewalk::test
