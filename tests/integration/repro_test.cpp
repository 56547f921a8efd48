// `ropewalk repro`: one recorded task again, as it was, and under a debugger.

#include "program.hpp"

#include "support/patience.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <regex>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

namespace ropewalk::test {
namespace {

using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

namespace fs = std::filesystem;

struct Repro : testing::Test {
  using Variables = std::vector<std::pair<std::string, std::string>>;

  ProgramEnd ropewalk(std::vector<std::string> words, Variables more = {}) const {
    return test::ropewalk(std::move(words), recording_in(folder, std::move(more)));
  }
  std::string run_folder() const { return fs::directory_iterator(folder.path(".ropewalk/runs"))->path(); }
  /// An executable file.
  void script(const std::string& name, std::string_view text) const {
    fs::permissions(folder.file(name, text), fs::perms::owner_all);
  }
  const Folder folder;
};

TEST_F(Repro, NamesTheTaskByItsRecordedIndexAndItem) {
  folder.file("w.yaml", R"(ropewalk: 1
stages: [{name: s, task: shell.run, on_error: ignore, foreach: [a, b, c], with: {argv: [sh, -c, "echo was $1; exit 3", sh, "${{ item }}"]}}]
)");
  ropewalk({"run", "w.yaml", "-q"});
  const ProgramEnd again = ropewalk({"repro", "latest", "s/2"});
  EXPECT_THAT(again.err, ContainsRegex("^s/2 of run [a-z]+-[a-z]+ again, alone\n"));
  EXPECT_THAT(again.err, AllOf(HasSubstr("\n  s/2 (c) failed: 'sh' exited with code 3"), HasSubstr("      | was c\n")));
  EXPECT_THAT(again.err, Not(HasSubstr("s/0")));
}

// sim.fail chooses by the index which tasks fail.
TEST_F(Repro, TheTaskReadsItsRecordedIndex) {
  folder.file("w.yaml", R"(ropewalk: 1
stages: [{name: s, task: sim.fail, on_error: ignore, foreach: {range: 12}, with: {how: error, rate: 0.5}}]
)");
  ASSERT_EQ(ropewalk({"run", "w.yaml", "-q", "--results", "r"}).exit_code, 0);
  const std::vector<std::string> rows = lines_of(read_file(folder.path("r")));
  ASSERT_EQ(rows.size(), 12u);
  int failed = 0;
  for (std::size_t index = 0; index < rows.size(); ++index) {
    const bool fails = rows[index].find("\"failed\"") != std::string::npos;
    failed += fails;
    EXPECT_EQ(ropewalk({"repro", "latest", "s/" + std::to_string(index), "-q"}).exit_code, fails ? 1 : 0) << index;
  }
  EXPECT_TRUE(failed > 0 && failed < 12) << failed;
}

TEST_F(Repro, UsesTheRecordedEnvironmentParamsAndDirectory) {
  fs::create_directory(folder.path("there"));
  folder.file("there/data", "its data\n");
  folder.file("there/w.yaml", R"(ropewalk: 1
params: {word: none}
stages: [{name: s, task: shell.run, on_error: ignore, env: {LEVEL: "${{ env.OUTER }}"}, with: {argv: [sh, -c, "echo $LEVEL $1; cat data; exit 1", sh, "${{ params.word }}"]}}]
)");
  ProgramOptions there = recording_in(folder, {{"OUTER", "old"}});
  there.folder = folder.path("there");
  test::ropewalk({"run", "w.yaml", "-q", "--set", "word=given"}, there);
  const std::string run = fs::directory_iterator(folder.path("there/.ropewalk/runs"))->path();
  const ProgramEnd again = ropewalk({"repro", run, "s/0"}, {{"OUTER", "new"}});
  EXPECT_THAT(again.err, AllOf(HasSubstr("      | old given\n      | its data\n"), HasSubstr(" again, alone, in ")));
}

TEST_F(Repro, WarnsIfThePluginIsAnotherFileNow) {
  const fs::path builds = ROPEWALK_BUILD "/tests/hostile_plugins", plugins = folder.path("plugins");
  fs::create_directory(plugins);
  fs::copy_file(builds / "build_1/rebuilt.so", plugins / "rebuilt.so");
  folder.file("w.yaml", "ropewalk: 1\nstages: [{name: s, task: rebuilt.which, needs: []}]\n");
  ASSERT_EQ(ropewalk({"run", "w.yaml", "-q", "--plugins", plugins}).exit_code, 0);
  EXPECT_THAT(ropewalk({"repro", "latest", "s/0", "--plugins", plugins}).err, Not(HasSubstr("warning")));
  fs::remove(plugins / "rebuilt.so");
  fs::copy_file(builds / "build_2/rebuilt.so", plugins / "rebuilt.so");
  const ProgramEnd again = ropewalk({"repro", "latest", "s/0", "--plugins", plugins});
  EXPECT_EQ(again.exit_code, 0);
  EXPECT_THAT(again.err,
              AllOf(HasSubstr("warning: plugin 'rebuilt' has changed since the run: it is now version 1.0.0 ("),
                    HasSubstr(", of which no copy is kept\n")));
}

TEST_F(Repro, AnItemWithASecretIsMadeAgainFromTheSecret) {
  folder.file("w.yaml", R"(ropewalk: 1
params: {key: {type: text, secret: true}}
stages: [{name: s, task: shell.run, foreach: ["${{ params.key }}", plain], with: {argv: [sh, -c, 'test ${#1} = 10 || test "$1" = plain', sh, "${{ item }}"]}}]
)");
  ASSERT_EQ(ropewalk({"run", "w.yaml", "-q", "--set", "key=opensesame"}).exit_code, 0);
  EXPECT_EQ(ropewalk({"repro", "latest", "s/0", "--set", "key=opensesame"}).exit_code, 0);
  const ProgramEnd without = ropewalk({"repro", "latest", "s/0"});
  EXPECT_EQ(without.exit_code, 2) << without.err;
  EXPECT_THAT(without.err, HasSubstr("key"));
}

TEST_F(Repro, ATaskWithASecretFromAResultIsRefused) {
  folder.file("w.yaml", R"(ropewalk: 1
params: {key: {type: text, secret: true}}
stages:
  - {name: s, task: sim.echo, with: {value: "${{ params.key }}"}}
  - {name: r, task: shell.run, foreach: {results: s}, with: {argv: [test, -n, "${{ item.value }}"]}}
)");
  ASSERT_EQ(ropewalk({"run", "w.yaml", "-q", "--set", "key=opensesame"}).exit_code, 0);
  const ProgramEnd again = ropewalk({"repro", "latest", "r/0", "--set", "key=opensesame"});
  EXPECT_EQ(again.exit_code, 2);
  EXPECT_THAT(again.err, HasSubstr("parameter 'argv' contains a secret, which is not in the record"))
      << "'***' must never be taken for the value";
}

TEST_F(Repro, AWorkflowWithASecretInItsTextIsReadFromItsFile) {
  const std::string text = R"(ropewalk: 1
params: {key: {type: text, secret: true, default: opensesame}}
stages: [{name: s, task: shell.run, with: {argv: [test, "${{ params.key }}", =, opensesame]}}]
)";
  folder.file("w.yaml", text);
  ASSERT_EQ(ropewalk({"run", "w.yaml", "-q"}).exit_code, 0);
  const ProgramEnd again = ropewalk({"repro", "latest", "s/0"});
  EXPECT_EQ(again.exit_code, 0) << again.err;
  folder.file("w.yaml", text + "# changed\n");
  EXPECT_THAT(
      ropewalk({"repro", "latest", "s/0"}).err,
      HasSubstr("the text of the workflow is recorded without its secrets, and its file is not what the run read"));
}

TEST_F(Repro, TheMissingSecretIsNamedWhereAnotherIsInTheText) {
  folder.file("w.yaml", R"(ropewalk: 1
params: {key: {type: text, secret: true}, old: {type: text, secret: true, default: opensesame}}
stages: [{name: s, task: shell.run, with: {argv: [echo, "${{ params.key }}", "${{ params.old }}"]}}]
)");
  ASSERT_EQ(ropewalk({"run", "w.yaml", "-q", "--set", "key=shibboleth"}).exit_code, 0);
  EXPECT_THAT(ropewalk({"repro", "latest", "s/0"}).err, AllOf(HasSubstr("error[C203]"), HasSubstr("'key'")));
  EXPECT_EQ(ropewalk({"repro", "latest", "s/0", "--set", "key=shibboleth"}).exit_code, 0);
}

TEST_F(Repro, ATaskThatNeverRanIsRefused) {
  folder.file("w.yaml", R"(ropewalk: 1
stages:
  - {name: a, task: sim.fail, with: {how: error}}
  - {name: b, task: sim.noop, needs: [a]}
)");
  ropewalk({"run", "w.yaml", "-q"});
  const ProgramEnd again = ropewalk({"repro", "latest", "b/0"});
  EXPECT_EQ(again.exit_code, 2);
  EXPECT_THAT(again.err, HasSubstr("error[C118]: stage 'b' of the run has no tasks, and no task 0"));
}

// --- under a debugger ---

/// The process that waits, as the printed command names it; 0: none yet.
pid_t waiting_process(const std::string& text) {
  std::smatch found;
  return std::regex_search(text, found, std::regex("gdb -p ([0-9]+)\n")) ? std::stoi(found[1]) : 0;
}

constexpr const char* kTouch =
    "ropewalk: 1\nstages: [{name: s, task: shell.run, timeout: 60s, foreach: [first, second], with: {argv: [touch, "
    "\"${{ item "
    "}}\"]}}]\n";

TEST_F(Repro, WithoutATerminalTheCommandIsPrintedAndTheTaskWaitsUntilADebuggerIsAttached) {
  folder.file("w.yaml", kTouch);
  ASSERT_EQ(ropewalk({"run", "w.yaml", "-q"}).exit_code, 0);
  fs::remove(folder.path("second"));
  ProgramOptions there = recording_in(folder);
  const std::string said = folder.file("said", "");
  there.standard_error = ::open(said.c_str(), O_WRONLY | O_CLOEXEC | O_APPEND);
  Program program(ropewalk_words({"repro", "latest", "s/1", "--gdb"}), there);
  ASSERT_TRUE(eventually([&] { return waiting_process(read_file(said)) != 0; })) << read_file(said);
  EXPECT_THAT(read_file(said), HasSubstr("waits for a debugger before it runs the task:\n  gdb -p "));
  const pid_t host = waiting_process(read_file(said));
  EXPECT_FALSE(fs::exists(folder.path("second")));
  // This test is the debugger.
  const bool attached = ::ptrace(PTRACE_SEIZE, host, nullptr, nullptr) == 0;
  if (!attached) {
    program.signal(SIGTERM);
    program.signal(SIGTERM);
  }
  bool detached = !attached;
  EXPECT_TRUE(!attached || eventually([&] { return fs::exists(folder.path("second")); }));
  // Signals stop a traced process until its tracer has passed them on.
  if (attached) ::ptrace(PTRACE_INTERRUPT, host, nullptr, nullptr);
  for (int status = 0; !detached && ::waitpid(host, &status, __WALL) == host;) {
    if (!WIFSTOPPED(status)) break;
    const int signal = status >> 16 != 0 ? 0 : WSTOPSIG(status);
    detached = ::ptrace(PTRACE_DETACH, host, nullptr, signal) == 0;
  }
  const ProgramEnd ended = program.wait();
  ::close(there.standard_error);
  if (!attached) GTEST_SKIP() << "this machine lets no process trace another";
  EXPECT_EQ(ended.exit_code, 0) << read_file(said);
}

/// A terminal that is standard input of the program, and controls it.
class Terminal {
 public:
  Terminal() : master_(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK)) {
    ::grantpt(master_);
    ::unlockpt(master_);
    slave_ = ::open(::ptsname(master_), O_RDWR | O_NOCTTY | O_CLOEXEC);
  }
  ~Terminal() {
    ::close(master_);
    ::close(slave_);
  }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;
  int slave() const { return slave_; }
  std::string read() {
    char block[4096];
    for (ssize_t got; (got = ::read(master_, block, sizeof block)) > 0;)
      text_.append(block, static_cast<std::size_t>(got));
    return text_;
  }

 private:
  int master_, slave_ = -1;
  std::string text_;
};

struct ReproOnATerminal : Repro {
  /// `repro --gdb` with a gdb of ours before all others.
  ProgramEnd repro(const std::string& task) {
    ProgramOptions there = recording_in(folder, {{"PATH", folder.path("bin") + ":" + std::getenv("PATH")}});
    there.input = there.standard_error = terminal.slave();
    there.controlling_terminal = true;
    Program program(ropewalk_words({"repro", "latest", task, "--gdb"}), there);
    return program.wait();
  }
  ReproOnATerminal() { fs::create_directory(folder.path("bin")); }
  Terminal terminal;
};

TEST_F(ReproOnATerminal, GdbIsStartedInTheForegroundOnTheProcessOfTheTask) {
  folder.file("w.yaml", kTouch);
  ASSERT_EQ(ropewalk({"run", "w.yaml", "-q"}).exit_code, 0);
  fs::remove(folder.path("second"));
  script("bin/gdb", R"sh(#!/bin/sh
echo "$@" > arguments
tr '\0' ' ' < /proc/$3/cmdline > process
field() { cut -d' ' -f"$1" /proc/$$/stat; }
until [ "$(field 5)" = "$(field 8)" ]; do sleep 0.01; done
echo "its group is in the foreground" > foreground
)sh");
  const ProgramEnd ended = repro("s/1");
  EXPECT_THAT(read_file(folder.path("arguments")), ContainsRegex("^-q -p [0-9]+\n$"));
  EXPECT_THAT(read_file(folder.path("process")), HasSubstr("ropewalk-host"));
  EXPECT_TRUE(fs::exists(folder.path("foreground"))) << "it could not read from the terminal";
  EXPECT_NE(ended.exit_code, 0);
  EXPECT_THAT(terminal.read(), HasSubstr("gdb has ended without being attached, so the task does not run"));
  EXPECT_FALSE(fs::exists(folder.path("second")));
}

TEST_F(ReproOnATerminal, GdbStopsInTheTask) {
  if (!fs::exists("/usr/bin/gdb")) GTEST_SKIP() << "there is no gdb";
  folder.file("w.yaml", R"(ropewalk: 1
stages: [{name: s, task: sim.fail, on_error: ignore, foreach: {range: 3}, with: {how: crash}}]
)");
  ropewalk({"run", "w.yaml", "-q"});
  script("bin/gdb",
         "#!/bin/sh\nexec /usr/bin/gdb -batch \"$@\" -ex 'break sim::Fail::run' -ex continue -ex backtrace "
         "-ex 'delete' -ex continue -ex detach > trace 2>&1\n");
  repro("s/2");
  const std::string trace = read_file(folder.path("trace"));
  if (trace.find("ptrace: Operation not permitted") != std::string::npos) GTEST_SKIP() << trace;
  EXPECT_THAT(trace, ContainsRegex("#0 .*sim::Fail::run"));
  EXPECT_THAT(trace, HasSubstr("SIGSEGV")) << "it stops where the task crashes";
}

}  // namespace
}  // namespace ropewalk::test
