// Runs whose machine-readable output on stdout loses its reader.

#include "faults/processes.hpp"
#include "program.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cctype>
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

/// A command that writes to stdout, in a folder with a workflow, a recorded run and a comparison.
class Writer : public testing::TestWithParam<Words> {
 protected:
  Writer() {
    folder.file("w.yaml",
                "ropewalk: 1\nname: w\nstages:\n  - {name: s, task: shell.run, foreach: {range: 1}, "
                "with: {argv: [sh, -c, 'echo out']}}\n");
    folder.file(
        "modes.json",
        R"({"schema": 1, "ropewalk": "1", "workflow": "w", "rounds": 1, "modes": [{"mode": "serial", "wall_s": [1],
                "median_s": 1, "low_s": 1, "high_s": 1, "confidence": 0, "cpu_s": 1, "failed": 0, "crashed": 0}],
                "notes": [], "same_results": true})");
    EXPECT_EQ(ropewalk({"run", "w.yaml", "-q"}, recording_in(folder)).exit_code, 0);
  }
  /// Closes the descriptor.
  ProgramEnd write_to(int descriptor) const {
    ProgramOptions options = recording_in(folder);
    options.standard_output = descriptor;
    ProgramEnd ended = ropewalk(GetParam(), options);
    ::close(descriptor);
    return ended;
  }
  const Folder folder;
};

TEST_P(Writer, S06_EndsBySigpipeWithoutAMessageIfTheReaderHasGone) {
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  ::close(ends[0]);
  const ProgramEnd ended = write_to(ends[1]);
  EXPECT_EQ(ended.signal, SIGPIPE) << ended.exit_code << ended.err;
  EXPECT_EQ(ended.err, "");
}

TEST_P(Writer, R01_ExitsWithSeventyFourAndSaysSoIfStdoutIsFull) {
  const ProgramEnd ended = write_to(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  EXPECT_EQ(ended.exit_code, 74) << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("No space left on device\n"));
}

INSTANTIATE_TEST_SUITE_P(
    OfStdout, Writer,
    testing::Values(Words{"help"}, Words{"--version"}, Words{"explain", "W101"}, Words{"schema"},
                    Words{"completion", "bash"}, Words{"config"}, Words{"plugins", "list"}, Words{"doctor", "--json"},
                    Words{"graph", "w.yaml"}, Words{"validate", "--json", "w.yaml"},
                    Words{"run", "--dry-run", "w.yaml"}, Words{"run", "w.yaml", "-q", "--report", "-"},
                    Words{"run", "w.yaml", "-q", "--junit", "-"}, Words{"run", "w.yaml", "-q", "--joblog", "-"},
                    Words{"run", "w.yaml", "-q", "--metrics", "-"}, Words{"resume", "-q", "--json"},
                    Words{"map", "shell.run", "-q", "--", "echo", "a"},
                    Words{"compare", "w.yaml", "-q", "--runs", "1", "--executor", "serial"},
                    Words{"compare", "w.yaml", "-q", "--runs", "1", "--executor", "serial", "--json"}, Words{"runs"},
                    Words{"show", "latest"}, Words{"show", "latest", "--json"},
                    Words{"show", "latest", "--results", "-"}, Words{"show", "latest", "--junit", "-"},
                    Words{"show", "latest", "--joblog", "-"}, Words{"show", "latest", "--metrics", "-"},
                    Words{"show", "latest", "--output", "s/0"}, Words{"report", "latest", "-o", "-"},
                    Words{"report", "modes.json", "-o", "-"}, Words{"trace", "latest"}, Words{"why", "latest", "s/0"},
                    Words{"diff", "latest", "latest"}, Words{"clean", "--dry-run", "--keep", "0"}),
    [](const auto& info) {
      std::string name = std::to_string(info.index);
      for (const std::string& word : info.param)
        for (const char c : word) name += std::isalnum(static_cast<unsigned char>(c)) != 0 ? std::string(1, c) : "";
      return name;
    });

INSTANTIATE_TEST_SUITE_P(OfStdout, Reader,
                         testing::Values(Words{"--json"}, Words{"--results", "-"}, Words{"--events", "-"}),
                         [](const auto& info) { return info.param.front().substr(2); });

}  // namespace
}  // namespace ropewalk::test
