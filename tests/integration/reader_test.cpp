// Runs whose machine-readable output on stdout loses its reader.

#include "faults/processes.hpp"
#include "program.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <fcntl.h>
#include <unistd.h>

namespace ropewalk::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

using Words = std::vector<std::string>;

class Reader : public testing::TestWithParam<Words> {
 protected:
  Reader() { EXPECT_EQ(::pipe2(ends_, O_CLOEXEC), 0); }
  ~Reader() override {
    leave();
    ::close(ends_[1]);
    EXPECT_TRUE(eventually([&] { return mark.processes().empty(); })) << mark.list();
  }
  void leave() {
    if (ends_[0] >= 0) ::close(ends_[0]);
    ends_[0] = -1;
  }
  ProgramOptions into_pipe() {
    ProgramOptions options{.folder = folder.path()};
    options.standard_output = ends_[1];
    return options;
  }
  Words run(const std::string& stage) const {
    Words words{"run", folder.file("w.yaml", "ropewalk: 1\nname: w\nstages:\n  - {name: s, " + stage + "}\n")};
    words.insert(words.end(), GetParam().begin(), GetParam().end());
    return ropewalk_words(words);
  }

  const Mark mark;
  const Folder folder;
  int ends_[2] = {-1, -1};
};

TEST_P(Reader, S06_ClosingThePipeStopsTheRunAndKillsItsTasks) {
  Program program(run("task: shell.run, workers: 2, foreach: {range: 2}, with: {command: \"echo $$ > pid${{ item }}; "
                      "exec sleep 3000\"}"),
                  into_pipe());
  for (const char* pid : {"pid0", "pid1"})
    ASSERT_TRUE(eventually([&] { return read_file(folder.path(pid)).ends_with('\n'); }));
  leave();
  const ProgramEnd ended = program.wait();
  EXPECT_EQ(ended.signal, SIGPIPE);
  EXPECT_THAT(lines_of(ended.err), ElementsAre(HasSubstr("stage s: 2 tasks"))) << ended.err;
}

TEST_P(Reader, S06_APipeClosedBeforeTheEndEndsTheProgramBySigpipe) {
  leave();
  Program program(run("task: sim.noop"), into_pipe());
  const ProgramEnd ended = program.wait();
  EXPECT_EQ(ended.signal, SIGPIPE) << ended.exit_code << ended.err;
}

TEST_P(Reader, S06_APipeClosedInMidDocumentEndsTheProgramBySigpipe) {
  ::fcntl(ends_[1], F_SETPIPE_SZ, 4096);  // smaller than the output, so that the program waits for its reader
  Program program(run("task: sim.fail, executor: thread, foreach: {range: 3000}, with: {how: error, rate: 0.5}"),
                  into_pipe());
  char first = 0;
  ASSERT_EQ(::read(ends_[0], &first, 1), 1);
  EXPECT_EQ(first, '{');
  leave();
  EXPECT_EQ(program.wait().signal, SIGPIPE);
}

INSTANTIATE_TEST_SUITE_P(OfStdout, Reader,
                         testing::Values(Words{"--json"}, Words{"--results", "-"}, Words{"--events", "-"}),
                         [](const auto& info) { return info.param.front().substr(2); });

}  // namespace
}  // namespace ropewalk::test
