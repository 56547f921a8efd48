// The live view on a terminal.

#include "program.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace ropewalk::test {
namespace {

using testing::ContainsRegex;
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
  /// What has been written to it so far and was not read yet.
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

TEST(TerminalView, IsDrawnLiveAndGoneAtTheEnd) {
  const Folder folder;
  const Terminal terminal;
  const Ended ended =
      Program(ropewalk_words({"run", half_a_second(folder)}), {.environment = {{"TERM", "xterm"}}, .standard_error = terminal.slave()})
          .wait();
  EXPECT_EQ(ended.exit_code, 0);
  const std::string shown = terminal.read();
  EXPECT_THAT(shown, ContainsRegex("s \\[#+\\.+\\] [0-9]+/10  2 running  [0-9.]+/s  ETA "));
  EXPECT_THAT(shown, Not(HasSubstr("stage s:"))) << "plain lines are for pipes";
  // The last frame was erased before the table.
  EXPECT_THAT(shown.substr(0, shown.find("\x1b[1mstage")), EndsWith("\r\x1b[J"));
}

TEST(TerminalView, IsPlainOnADumbTerminal) {
  const Folder folder;
  const Terminal terminal;
  Program(ropewalk_words({"run", half_a_second(folder)}), {.environment = {{"TERM", "dumb"}}, .standard_error = terminal.slave()}).wait();
  const std::string shown = terminal.read();
  EXPECT_THAT(shown, Not(HasSubstr("\x1b")));
  EXPECT_THAT(shown, HasSubstr("stage s: succeeded, 10/10 done in "));
}

TEST(TerminalView, S05_ATerminalThatIsGoneDoesNotEndTheRun) {
  const Folder folder;
  Terminal terminal;
  Program program(ropewalk_words({"run", "--results", folder.path("results"), half_a_second(folder)}),
                  {.environment = {{"TERM", "xterm"}}, .standard_error = terminal.slave()});
  ASSERT_TRUE(eventually([&] { return !terminal.read().empty(); }));
  terminal.hang_up();
  EXPECT_EQ(program.wait().exit_code, 0);
  EXPECT_EQ(lines_of(read_file(folder.path("results"))).size(), 10u);
}

}  // namespace
}  // namespace ropewalk::test
