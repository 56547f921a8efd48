// A program with linked plugins as its users treat it: it is started in odd ways, replaced, deleted and killed.

#include "support/patience.hpp"
#include "support/scratch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <thread>

namespace ropewalk::test {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::StartsWith;

struct Ended {
  int code = 0;
  std::string said;  ///< on both streams
};

/// Runs a line of shell.
Ended shell(const std::string& line) {
  Ended ended;
  FILE* const pipe = ::popen(("{ " + line + "; } 2>&1").c_str(), "r");
  char block[4096];
  for (std::size_t got; (got = std::fread(block, 1, sizeof block, pipe)) > 0;) ended.said.append(block, got);
  const int status = ::pclose(pipe);
  ended.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return ended;
}

class ALinkedProgram : public testing::TestWithParam<const char*> {
 protected:
  ALinkedProgram() {
    std::filesystem::copy_file(std::string(LINKED_FOLDER) + "/" + GetParam(), program_);
    ::setenv("LINKED_MARK", mark_.c_str(), 1);
  }
  ~ALinkedProgram() override { ::unsetenv("LINKED_MARK"); }
  std::string quoted() const { return "'" + program_.string() + "'"; }
  std::string marks() const { return content(mark_); }

  const Scratch scratch_;
  const std::filesystem::path program_ = scratch_ / "a program", mark_ = scratch_ / "marks";
};

TEST_P(ALinkedProgram, RunsItsTasksAndItsMainOnce) {
  const Ended ended = shell(quoted() + " run");
  EXPECT_EQ(ended.said, "36\n");
  EXPECT_EQ(ended.code, 0);
  EXPECT_EQ(marks(), "main\n") << "no host runs it";
}

TEST_P(ALinkedProgram, MayBeStartedByARelativePathAndLeaveItsFolder) {
  EXPECT_EQ(shell("cd '" + scratch_.path().string() + "' && './a program' chdir").said, "36\n");
}

TEST_P(ALinkedProgram, MayForkAndUseAnEngineInBothProcesses) {
  const Ended ended = shell(quoted() + " fork");
  EXPECT_EQ(ended.said, "36\n36\n");
  EXPECT_EQ(ended.code, 0);
}

TEST_P(ALinkedProgram, GoesOnWithItsOwnCodeWhenItsFileIsReplaced) {
  std::ofstream(scratch_ / "other") << "#!/bin/sh\nexit 7\n";
  const Ended ended = shell(quoted() + " replace '" + (scratch_ / "other").string() + "'");
  EXPECT_EQ(ended.code, 0);
  const std::string crashed = "4\ncrashed in write_to_null\n9\n";
  if (std::string(GetParam()) != "linked_stripped") {
    EXPECT_EQ(ended.said, crashed + crashed);
  }
  EXPECT_EQ(content(program_), "#!/bin/sh\nexit 7\n");
}

TEST_P(ALinkedProgram, GoesOnWithItsOwnCodeWhenItsFileIsDeleted) {
  const Ended ended = shell(quoted() + " delete");
  EXPECT_EQ(ended.code, 0) << ended.said;
  EXPECT_THAT(ended.said, StartsWith("4\n"));
  EXPECT_TRUE(ended.said.ends_with("9\n")) << ended.said;
  EXPECT_FALSE(std::filesystem::exists(program_));
}

TEST_P(ALinkedProgram, UsesAnEngineInAConstructorOnlyWhereItIsNoHost) {
  const Ended ended = shell("LINKED_EARLY=1 " + quoted() + " run");
  EXPECT_EQ(ended.said, "36\n");
  // Of the program itself, then of the hosts that it starts, in any order, around main().
  EXPECT_THAT(marks(), HasSubstr("early 1.2.3\n"));
  EXPECT_THAT(marks(), HasSubstr("early R417\n"));
  EXPECT_THAT(marks(), HasSubstr("main\n"));
}

TEST_P(ALinkedProgram, IsNoHostBecauseItsUserSaysSo) {
  for (const char* value : {"1", "1 1024 kit 0:0", ""}) {
    const Ended ended = shell("ROPEWALK_LINKED_HOST='" + std::string(value) + "' " + quoted() + " run");
    EXPECT_EQ(ended.code, 2) << value;
    EXPECT_THAT(ended.said, StartsWith("ROPEWALK_LINKED_HOST is set, which only an engine does for its hosts: "));
  }
  EXPECT_EQ(marks(), "") << "main() does not run in a process that was meant to be a host";
  EXPECT_EQ(shell(quoted() + " run '(ropewalk-host)' kit").code, 0) << "arguments mean nothing";
}

TEST_P(ALinkedProgram, WithBorrowedRightsItIsNoHost) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can lend rights";
  std::filesystem::permissions(scratch_.path(), std::filesystem::perms(0755));
  ::chmod(program_.c_str(), 04755);
  const std::string as_user = "setpriv --reuid 65534 --regid 65534 --clear-groups ";
  if (shell(as_user + "test -x " + quoted()).code != 0) GTEST_SKIP() << "no other user reaches this folder";
  EXPECT_THAT(shell("cd / && " + as_user + quoted() + " run").said, HasSubstr("P118"));
  const Ended ended = shell("cd / && ROPEWALK_LINKED_HOST='1 1 kit 0:0' " + as_user + quoted() + " run");
  EXPECT_THAT(ended.said, HasSubstr("rights that its user lacks"));
  EXPECT_EQ(ended.code, 2);
}

TEST_P(ALinkedProgram, LeavesNothingWhenItIsKilled) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::dup2(ends[1], STDOUT_FILENO);
    ::execl(program_.c_str(), program_.c_str(), "hang", nullptr);
    ::_exit(127);
  }
  ::close(ends[1]);
  char ready[6];
  ASSERT_EQ(::read(ends[0], ready, sizeof ready), 6);
  const std::string find = "grep -lsz '^ROPEWALK_ENGINE=" + std::to_string(pid) + "[.]' /proc/[0-9]*/environ";
  EXPECT_THAT(shell(find).said, HasSubstr("/proc/")) << "its hosts have that mark";
  ::kill(pid, SIGKILL);
  ::waitpid(pid, nullptr, 0);
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (!shell(find).said.empty() && std::chrono::steady_clock::now() < until) std::this_thread::sleep_for(5ms);
  EXPECT_EQ(shell(find).said, "");
  ::close(ends[0]);
}

INSTANTIATE_TEST_SUITE_P(Builds, ALinkedProgram, testing::Values(LINKED_PROGRAMS),
                         [](const auto& of) { return std::string(of.param).substr(7); });

TEST(AProgramWithoutLinkedPlugins, ContainsNoHostAndReadsNoVariable) {
  const std::string program = LINKED_FOLDER "/linked_none";
  EXPECT_EQ(shell("nm -C " + program + " | grep -c ropewalk::host::").said, "0\n");
  const Ended ended = shell("ROPEWALK_LINKED_HOST=1 " + program);
  EXPECT_EQ(ended.said, "P101\n") << "it has no such plugin";
  EXPECT_EQ(ended.code, 0);
}

TEST(AProgramStartedByTheLoader, SaysWhyItsLinkedPluginsCannotRun) {
  const std::string program = LINKED_FOLDER "/linked_program";
  const Ended ended = shell("$(readelf -p .interp " + program + " | grep -o '/.*') " + program + " run");
  EXPECT_THAT(ended.said, HasSubstr("P118"));
  EXPECT_THAT(ended.said, HasSubstr("through the dynamic loader"));
}

}  // namespace
}  // namespace ropewalk::test
