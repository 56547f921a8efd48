// The live view on a terminal.

#include "program.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <poll.h>
#include <regex>
#include <sys/ioctl.h>
#include <unistd.h>

namespace ropewalk::test {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

/// A pseudo-terminal of 80 columns that is read on demand.
class Terminal {
 public:
  Terminal() : master_(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK)) {
    ::grantpt(master_);
    ::unlockpt(master_);
    slave_ = ::open(::ptsname(master_), O_RDWR | O_NOCTTY | O_CLOEXEC);
    const winsize size{24, 80, 0, 0};
    ::ioctl(slave_, TIOCSWINSZ, &size);
  }
  ~Terminal() {
    hang_up();
    ::close(slave_);
  }
  int slave() const { return slave_; }
  void hang_up() {
    if (master_ >= 0) ::close(master_);
    master_ = -1;
  }
  void type(std::string_view keys) const { (void)!::write(master_, keys.data(), keys.size()); }
  /// Output written to it that was not read yet.
  std::string read() const {
    std::string text;
    char block[4096];
    for (;;) {
      const ssize_t got = ::read(master_, block, sizeof block);
      if (got <= 0) return text;
      text.append(block, static_cast<std::size_t>(got));
    }
  }

 private:
  int master_;
  int slave_ = -1;
};

std::string half_a_second(const Folder& folder) {
  return folder.file("a.yaml", R"(
ropewalk: 1
name: a
stages:
  - {name: s, task: sim.sleep, executor: thread, workers: 2, foreach: {range: 10}, with: {seconds: 0.1}}
)");
}

TEST(TerminalView, IsDrawnLiveAndErasedAtTheEnd) {
  const Folder folder;
  const Terminal terminal;
  // Half of the tasks wait until the view has been seen.
  Program program(ropewalk_words({"run", folder.file("a.yaml", R"(
ropewalk: 1
stages:
  - {name: s, task: shell.run, executor: thread, workers: 2, foreach: {range: 10}, with: {command: "test ${{ item }} -lt 5 || until test -e go; do sleep 0.01; done"}}
)")}),
                  {.folder = folder.path(), .environment = {{"TERM", "xterm"}}, .standard_error = terminal.slave()});
  const std::regex live("s  thread x2  \\[#+\\.+\\]  [0-9]+/10  2 running +[0-9.]+/s  ETA ");
  std::string shown;
  EXPECT_TRUE(eventually([&] { return std::regex_search(shown += terminal.read(), live); })) << shown;
  folder.file("go", "");
  EXPECT_EQ(program.wait().exit_code, 0);
  shown += terminal.read();
  EXPECT_THAT(shown, Not(HasSubstr("stage s:"))) << "plain lines are for pipes";
  // The last frame was erased before the table.
  EXPECT_THAT(shown.substr(0, shown.find("\x1b[1mstage")), EndsWith("\r\x1b[J"));
}

TEST(TerminalView, IsNotDrawnIfMapPrintsItsResults) {
  const Folder folder;
  const std::string go = folder.file("go", "");
  const std::vector<std::string> words =
      ropewalk_words({"map", "shell.run", "--range", "4", "-j", "1", "--", "sh", "-c",
                      "until test -e $2; do sleep 0.01; done; echo $1", "sh", "{}", go});
  const Terminal both;
  EXPECT_EQ(
      Program(words,
              {.environment = {{"TERM", "xterm"}}, .standard_output = both.slave(), .standard_error = both.slave()})
          .wait()
          .exit_code,
      0);
  const std::string shown = both.read();
  EXPECT_THAT(shown, testing::StartsWith("0\r\n1\r\n2\r\n3\r\n\x1b[1mstage"));
  EXPECT_THAT(shown, Not(HasSubstr("\x1b[J")));
  const Terminal alone;
  std::filesystem::remove(go);
  Program program(words, {.environment = {{"TERM", "xterm"}}, .standard_error = alone.slave()});
  std::string drawn;
  EXPECT_TRUE(eventually([&] { return (drawn += alone.read()).find("/4  1 running") != drawn.npos; })) << drawn;
  folder.file("go", "");
  EXPECT_EQ(program.wait().out, "0\n1\n2\n3\n");
}

TEST(TerminalView, ShowsResultsAndStandardErrorWithoutControlSequences) {
  // Results are written in pieces, so that multi-byte characters are cut somewhere.
  const std::vector<std::string> words = ropewalk_words(
      {"map", "shell.run", "--range", "2000", "--executor", "thread", "--print", "stdout", "-q", "--", "sh", "-c",
       R"(printf 'caf\303\251 \342\202\254 \033]0;t\007\n'; test {} -lt 1999 || printf 'bad\033[2J\n' >&2)"});
  const Terminal out, err;
  Program program(words, {.standard_output = out.slave(), .standard_error = err.slave()});
  std::string shown, line, wanted = "caf\u00e9 \u20ac \\x1b]0;t\\x07\r\n";
  EXPECT_TRUE(eventually([&] { return (shown += out.read()).size() >= 2000 * wanted.size(); })) << shown.size();
  EXPECT_EQ(program.wait().exit_code, 0);
  for (int i = 0; i < 2000; ++i) line += wanted;
  EXPECT_TRUE(shown + out.read() == line) << shown.substr(0, 200);
  EXPECT_EQ(err.read(), "bad\\x1b[2J\r\n");
  const ProgramEnd unchanged = Program(words).wait();
  EXPECT_THAT(unchanged.out, testing::StartsWith("caf\u00e9 \u20ac \x1b]0;t\x07\n"));
  EXPECT_EQ(unchanged.err, "bad\x1b[2J\n");
}

TEST(TerminalView, IsPlainOnADumbTerminal) {
  const Folder folder;
  const Terminal terminal;
  Program(ropewalk_words({"run", half_a_second(folder)}),
          {.environment = {{"TERM", "dumb"}}, .standard_error = terminal.slave()})
      .wait();
  const std::string shown = terminal.read();
  EXPECT_THAT(shown, Not(HasSubstr("\x1b")));
  EXPECT_THAT(shown, HasSubstr("stage s: succeeded, 10/10 done in "));
}

TEST(TerminalView, S05_AVanishedTerminalDoesNotEndTheRun) {
  const Folder folder;
  Terminal terminal;
  Program program(ropewalk_words({"run", "--results", folder.path("results"), half_a_second(folder)}),
                  {.environment = {{"TERM", "xterm"}}, .standard_error = terminal.slave()});
  ASSERT_TRUE(eventually([&] { return !terminal.read().empty(); }));
  terminal.hang_up();
  EXPECT_EQ(program.wait().exit_code, 0);
  EXPECT_EQ(lines_of(read_file(folder.path("results"))).size(), 10u);
}

/// The session's leader is the program itself, as in a terminal opened for it.
ProgramOptions owner(const Terminal& terminal) {
  return {.environment = {{"TERM", "xterm"}}, .standard_error = terminal.slave(), .controlling_terminal = true};
}

TEST(TerminalView, S05_ClosingItsOwnTerminalStopsTheRunInOrder) {
  const Folder folder;
  Terminal terminal;
  const std::string events = folder.path("events"), results = folder.path("results");
  Program program(ropewalk_words({"run", "--events", events, "--results", results, folder.file("a.yaml", R"(
ropewalk: 1
name: a
stages:
  - {name: s, task: sim.sleep, executor: process, workers: 2, foreach: {range: 10}, with: {seconds: 5000}}
)")}),
                  owner(terminal));
  ASSERT_TRUE(eventually([&] { return read_file(events).find("task_started") != std::string::npos; }));
  terminal.hang_up();
  EXPECT_EQ(program.wait().signal, SIGHUP);
  const std::vector<std::string> told = lines_of(read_file(events));
  EXPECT_THAT(told.back(), HasSubstr("\"run_finished\""));
  EXPECT_EQ(lines_of(read_file(results)).size(), 10u) << "each task with its end";
}

TEST(TerminalView, S07_CtrlCDoesNotReachTheHosts) {
  const Folder folder;
  const Terminal terminal;
  const std::string events = folder.path("events");
  Program program(ropewalk_words({"run", "--events", events, folder.file("a.yaml", R"(
ropewalk: 1
name: a
stages:
  - {name: s, task: sim.sleep, executor: process, workers: 2, foreach: {range: 2}, with: {seconds: 5000}}
)")}),
                  owner(terminal));
  ASSERT_TRUE(eventually([&] {
    const std::string text = read_file(events);
    return text.find("task_started", text.find("task_started") + 1) != std::string::npos;
  }));
  terminal.type("\x03");
  EXPECT_EQ(program.wait().signal, SIGINT);
  const std::string text = read_file(events);
  EXPECT_THAT(text, HasSubstr("\"outcome\": \"cancelled\""));
  EXPECT_THAT(text, Not(HasSubstr("SIGINT"))) << "a host died of it";
}

TEST(TerminalView, S09_ATaskThatReadsTheTerminalGetsEndOfFile) {
  const Folder folder;
  const Terminal terminal;
  Program program(ropewalk_words({"run", "--results", folder.path("results"), folder.file("a.yaml", R"(
ropewalk: 1
name: a
stages:
  - {name: s, task: shell.run, executor: process, with: {command: "cat; (: </dev/tty) 2>/dev/null || echo no terminal"}}
)")}),
                  owner(terminal));
  EXPECT_EQ(program.wait().exit_code, 0) << terminal.read();
  EXPECT_THAT(read_file(folder.path("results")), HasSubstr("no terminal"));
}

TEST(TerminalView, Z06_AnUnreadTerminalDoesNotBlockTheRun) {
  const Folder folder;
  const Terminal terminal;
  const std::string events = folder.path("events");
  const std::string filling(1 << 16, 'x');
  const int slave = ::open(::ttyname(terminal.slave()), O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  while (::write(slave, filling.data(), filling.size()) > 0) {
  }
  ::close(slave);
  Program program(ropewalk_words({"run", "--events", events, half_a_second(folder)}),
                  {.environment = {{"TERM", "xterm"}}, .standard_error = terminal.slave()});
  EXPECT_TRUE(eventually([&] { return read_file(events).find("\"run_finished\"") != std::string::npos; }));
  EXPECT_TRUE(eventually([&] { return terminal.read().find("stage") != std::string::npos; }))
      << "the summary waits for its reader";
  EXPECT_EQ(program.wait().exit_code, 0);
}

}  // namespace
}  // namespace ropewalk::test
