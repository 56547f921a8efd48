// `ropewalk map` in its typical use: in pipes, like xargs.

#include "program.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <fcntl.h>
#include <fstream>
#include <poll.h>
#include <unistd.h>

namespace ropewalk::test {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

/// Reads a pipe until `size` bytes have arrived, it ends, or it hangs.
std::string read_some(int fd, std::size_t size) {
  std::string text;
  char block[4096];
  for (pollfd input{fd, POLLIN, 0};
       text.size() < size && ::poll(&input, 1, static_cast<int>(std::chrono::milliseconds(kPatience).count())) == 1;) {
    const ssize_t got = ::read(fd, block, std::min(sizeof block, size - text.size()));
    if (got <= 0) break;
    text.append(block, static_cast<std::size_t>(got));
  }
  return text;
}

struct Pipe {
  Pipe() { EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0); }
  ~Pipe() { close_read(), close_write(); }
  void close_read() { close(ends[0]); }
  void close_write() { close(ends[1]); }
  int ends[2] = {-1, -1};

 private:
  static void close(int& fd) {
    if (fd >= 0) ::close(fd);
    fd = -1;
  }
};

TEST(Map, ResultsAreLinesOfJsonInTheOrderOfTheItems) {
  const ProgramEnd ended = ropewalk({"map", "sim.echo", "--range", "1000", "--with", "value={}", "-q"});
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_EQ(ended.err, "");
  std::string expected;
  for (int i = 0; i < 1000; ++i) expected += "{\"value\": " + std::to_string(i) + "}\n";
  EXPECT_EQ(ended.out, expected);
}

TEST(Map, TheFirstItemMayTakeLongestAndIsStillPrintedFirst) {
  const ProgramEnd ended =
      ropewalk({"map", "shell.run", "-j", "3", "--lines", "-", "--", "sh", "-c", "sleep $1; echo $1", "sh", "{}"},
               {.standard_input = "0.3\n0.1\n0\n"});
  EXPECT_EQ(ended.out, "0.3\n0.1\n0\n") << ended.err;
}

TEST(Map, JobsLimitsConcurrentTasksWhateverTheNumberOfCores) {
  const ProgramEnd ended = ropewalk({"map", "shell.run", "-j16", "--range", "16", "--", "sleep", "0.5"});
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("with 16 workers"));
}

TEST(Map, BehavesLikeXargsWithAFileOfNames) {
  const Folder folder;
  for (const char* name : {"a", "b c", "-d", "e'f"}) folder.file(name, name);
  const ProgramEnd ended = ropewalk({"map", "shell.run", "-j2", "--lines", "-", "--", "gzip", "-k", "--", "{}"},
                                    {.folder = folder.path(), .standard_input = "a\nb c\n-d\ne'f\n"});
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_EQ(ended.out, "");
  for (const char* name : {"a.gz", "b c.gz", "-d.gz", "e'f.gz"})
    EXPECT_TRUE(std::filesystem::exists(folder.path(name))) << name;
}

TEST(Map, AFailureIsReportedOnStderrAndTheOtherOutputIsPrinted) {
  const ProgramEnd ended = ropewalk({"map", "shell.run", "--range", "4", "--", "sh", "-c",
                                     "test $1 != 1 && echo $1 || { echo no luck >&2; exit 3; }", "sh", "{}"});
  EXPECT_EQ(ended.exit_code, 1);
  EXPECT_EQ(ended.out, "0\n2\n3\n");
  EXPECT_THAT(ended.err, HasSubstr("map/1 failed: 'sh' exited with code 3: no luck"));
}

TEST(Map, FailFastStartsNothingMore) {
  const ProgramEnd ended = ropewalk({"map", "shell.run", "-j1", "--fail-fast", "--range", "1000", "--", "sh", "-c",
                                     "test $1 -lt 3 && echo $1", "sh", "{}"});
  EXPECT_EQ(ended.exit_code, 1);
  EXPECT_THAT(ended.out, testing::StartsWith("0\n1\n2\n"));
  EXPECT_LT(lines_of(ended.out).size(), 10u);
}

TEST(Map, OneFieldIsPrintedRaw) {
  const Folder folder;
  folder.file("x.txt", "x\n"), folder.file("y.txt", "y\n");
  const ProgramEnd ended = ropewalk({"map", "file.checksum", "--glob", "*.txt", "--with", "path={}", "--print", "path"},
                                    {.folder = folder.path()});
  EXPECT_EQ(ended.out, "x.txt\ny.txt\n") << ended.err;
}

TEST(Map, OutputOfACommandIsUnchanged) {
  const std::string bytes("\xff\0\x01no newline", 13);
  const Folder folder;
  folder.file("data", bytes);
  const ProgramEnd ended =
      ropewalk({"map", "shell.run", "--range", "3", "--", "cat", "data"}, {.folder = folder.path()});
  EXPECT_EQ(ended.out, bytes + bytes + bytes) << ended.err;
}

TEST(Map, NamesAndWordsThatAreNotUtf8ReachTheCommand) {
  const Folder folder;
  folder.file("caf\xe9", "coffee\n");
  const ProgramEnd named =
      ropewalk({"map", "shell.run", "--glob", "caf*", "--", "cat", "{}"}, {.folder = folder.path()});
  EXPECT_EQ(named.out, "coffee\n") << named.err;
  const ProgramEnd words = ropewalk({"map", "shell.run", "--range", "2", "--", "printf", "%s\n", "<caf\xe9-{}\xff>"});
  EXPECT_EQ(words.out, "<caf\xe9-0\xff>\n<caf\xe9-1\xff>\n") << words.err;
  const ProgramEnd listed = ropewalk({"map", "shell.run", "--lines", "-", "--with", "stdin={}", "--with",
                                      "env={\"NAME\": \"{}\"}", "--", "sh", "-c", "cat; echo \" $NAME\""},
                                     {.standard_input = "a\xe9\n"});
  EXPECT_EQ(listed.out, "a\xe9 a\xe9\n") << listed.err;
}

TEST(Map, PrintedYamlKeepsBytesThatAreNotText) {
  const Folder folder;
  const ProgramEnd yaml = ropewalk({"map", "shell.run", "--print-yaml", "--", "printf", "%s", "caf\xe9"});
  EXPECT_EQ(yaml.exit_code, 0) << yaml.err;
  EXPECT_THAT(yaml.out, HasSubstr("from_base64('6Q==')"));
  const ProgramEnd ended = ropewalk({"run", folder.file("w.yaml", yaml.out), "--results", "-"});
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
}

TEST(Map, R12_LongOutputIsPrintedToTheLastLine) {
  std::string expected;
  for (int i = 1; i <= 1'000'000; ++i) expected += std::to_string(i) + '\n';
  const ProgramEnd ended = ropewalk({"map", "shell.run", "--", "seq", "1000000"});
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_TRUE(ended.out == expected) << ended.out.size() << " bytes of " << expected.size();
}

TEST(Map, NoShellReadsAnItem) {
  const std::string lines = "$(date) `x` \"'\n\n -n *\n${{ item }} {}\n";
  const ProgramEnd ended =
      ropewalk({"map", "shell.run", "--lines", "-", "--", "printf", "%s\\n", "{}"}, {.standard_input = lines});
  EXPECT_EQ(ended.out, lines) << ended.err;
}

TEST(Map, UnusedItemsAreAnErrorUnlessTheyAreARange) {
  const Folder folder;
  folder.file("names", "{\"a\": 1}\n{}\n");
  for (const std::vector<std::string>& source :
       {std::vector<std::string>{"--lines", "names"}, {"--glob", "*"}, {"--jsonl", "names"}}) {
    std::vector<std::string> words{"map", "shell.run", source[0], source[1], "--", "touch", "ran"};
    const ProgramEnd ended = ropewalk(words, {.folder = folder.path()});
    EXPECT_EQ(ended.exit_code, 2) << ended.err;
    EXPECT_THAT(ended.err, HasSubstr("ropewalk: error[C112]: no task uses its item of " + source[0] +
                                     ": all would do the same\n"));
    EXPECT_THAT(ended.err, HasSubstr("= write {} where the item belongs, as in: -- gzip {}\n"));
    EXPECT_FALSE(std::filesystem::exists(folder.path("ran")));
  }
  EXPECT_EQ(ropewalk({"map", "shell.run", "--range", "3", "--", "echo", "hi"}).out, "hi\nhi\nhi\n");
  EXPECT_EQ(
      ropewalk({"map", "shell.run", "--lines", "-", "--", "echo", "${{ index }}"}, {.standard_input = "a\nb\n"}).out,
      "0\n1\n")
      << "the number is enough";
}

TEST(Map, ReadsTheOutputOfFindPrint0) {
  const std::string names("a b\0line\nbreak\0caf\xe9\0", 20);
  for (const char* option : {"-0", "--null"}) {
    const ProgramEnd ended =
        ropewalk({"map", "shell.run", option, "--lines", "-", "--", "printf", "<%s>", "{}"}, {.standard_input = names});
    EXPECT_EQ(ended.exit_code, 0) << ended.err;
    EXPECT_EQ(ended.out, "<a b><line\nbreak><caf\xe9>");
  }
}

TEST(Map, APlaceholderOfAnotherToolIsAnErrorAndItsReplacementWorks) {
  const Folder folder;
  const std::string lines = "a/b.tar.gz\n";
  EXPECT_EQ(ropewalk({"map", "shell.run", "--lines", "-", "--", "echo", "{.}"}, {.standard_input = lines}).exit_code,
            2);
  const ProgramEnd ended =
      ropewalk({"map", "shell.run", "--lines", "-", "--", "echo", "${{ dirname(item) }}/${{ stem(item) }}",
                "${{ basename(item) }}", "${{ stem(item) }}", "${{ dirname(item) }}", "${{ index + 1 }}"},
               {.standard_input = lines});
  EXPECT_EQ(ended.out, "a/b.tar b.tar.gz b.tar a 1\n") << ended.err;
  EXPECT_EQ(ropewalk({"map", "shell.run", "--range", "2", "--", "echo", "US${}", "$$${}"}).out,
            "US$0 $$$0\nUS$1 $$$1\n");
}

TEST(Map, ItemsMayBeJson) {
  const ProgramEnd ended =
      ropewalk({"map", "shell.run", "--jsonl", "-", "--", "echo", "${{ item.name }}", "${{ index }}"},
               {.standard_input = "{\"name\": \"a\"}\n{\"name\": \"b\"}\n"});
  EXPECT_EQ(ended.out, "a 0\nb 1\n") << ended.err;
}

TEST(Map, WithoutItemsThereIsOneTask) {
  EXPECT_EQ(ropewalk({"map", "sim.echo", "--with", "value=[1, {\"a\": true}]"}).out,
            "{\"value\": [1, {\"a\": true}]}\n");
  EXPECT_EQ(ropewalk({"map", "shell.run", "--with", "command=echo $0 done"}).out, "/bin/sh done\n");
}

TEST(Map, ABareValueIsReadByTheTypeOfItsParameter) {
  EXPECT_EQ(ropewalk({"map", "sim.sleep", "--with", "seconds=0"}).out, "{\"slept\": 0.0}\n");
  EXPECT_EQ(ropewalk({"map", "sim.echo", "--with", "value=010"}).out, "{\"value\": \"010\"}\n");
  EXPECT_EQ(ropewalk({"map", "sim.echo", "--with", "value=3.10"}).out, "{\"value\": \"3.10\"}\n");
  EXPECT_EQ(ropewalk({"map", "sim.sleep", "--with", "seconds=0.00"}).out, "{\"slept\": 0.0}\n");
  EXPECT_EQ(
      ropewalk({"map", "shell.run", "--with", "ok_codes=3", "--print", "exit_code", "--", "sh", "-c", "exit 3"}).out,
      "3\n");
  const ProgramEnd wrong = ropewalk({"map", "sim.sleep", "--with", "seconds=long"});
  EXPECT_EQ(wrong.exit_code, 2);
  EXPECT_EQ(wrong.err, "ropewalk: error[W204]: parameter 'seconds' wants a float, but 'long' is none\n");
}

TEST(Map, ErrorsExitLikeCommandLineErrorsAndMissingPluginsLikePluginErrors) {
  const ProgramEnd unknown = ropewalk({"map", "sim.slep"});
  EXPECT_EQ(unknown.exit_code, 2);
  EXPECT_THAT(unknown.err, HasSubstr("ropewalk: error[W201]: plugin 'sim' has no task 'slep'; did you mean 'sleep'?"));
  EXPECT_EQ(ropewalk({"map", "nothing.here"}).exit_code, 4);
  EXPECT_EQ(ropewalk({"map", "../sim.echo"}).exit_code, 2);
  const ProgramEnd argv = ropewalk({"map", "sim.sleep", "--", "true"});
  EXPECT_EQ(argv.exit_code, 2);
  EXPECT_THAT(argv.err, HasSubstr("task 'sim.sleep' takes no command after '--': it has no parameter 'argv'"));
  EXPECT_EQ(ropewalk({"map", "shell.run", "--lines", "-", "--", "true", "{}"}).exit_code, 5) << "no line, no task";
  const ProgramEnd expression = ropewalk({"map", "shell.run", "--", "echo", "${{ itm }}"});
  EXPECT_EQ(expression.exit_code, 2);
  EXPECT_THAT(expression.err, HasSubstr("did you mean 'item'?\n"));
  EXPECT_THAT(expression.err, HasSubstr("^^^"));
}

TEST(Map, TasksStartAndResultsArePrintedWhileStandardInputIsStillWritten) {
  Pipe in, out;
  Program program(ropewalk_words({"map", "shell.run", "--lines", "-", "--", "echo", "got {}"}),
                  {.input = in.ends[0], .standard_output = out.ends[1]});
  in.close_read(), out.close_write();
  ASSERT_EQ(::write(in.ends[1], "one\ntw", 6), 6);
  EXPECT_EQ(read_some(out.ends[0], 8), "got one\n");
  ASSERT_EQ(::write(in.ends[1], "o\nthree", 7), 7);
  EXPECT_EQ(read_some(out.ends[0], 8), "got two\n");
  in.close_write();
  EXPECT_EQ(read_some(out.ends[0], 100), "got three\n");
  EXPECT_EQ(program.wait().exit_code, 0);
}

TEST(Map, ASlowReaderGetsEverything) {
  Pipe out;
  Program program(ropewalk_words({"map", "shell.run", "-j2", "--range", "100", "--", "sh", "-c",
                                  "head -c 9999 /dev/zero; echo", "sh"}),
                  {.standard_output = out.ends[1]});
  out.close_write();
  ASSERT_TRUE(program.said("stage map:"));
  std::string text;
  while (text.size() < 1'000'000) {
    const std::string piece = read_some(out.ends[0], 50'000);
    if (piece.empty()) break;
    text += piece;
  }
  const ProgramEnd ended = program.wait();
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_EQ(text.size(), 1'000'000u);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 100);
}

/// Ends by SIGPIPE, like other programs whose reader is gone, with no message except the start.
void expect_silent_end(const ProgramEnd& ended) {
  EXPECT_EQ(ended.signal, SIGPIPE);
  EXPECT_THAT(lines_of(ended.err), ElementsAre(HasSubstr("stage map:"))) << ended.err;
}

TEST(Map, EndsSilentlyWhenItsReaderClosesThePipe) {
  Pipe out;
  Program program(ropewalk_words({"map", "shell.run", "-j2", "--range", "1000000", "--", "echo", "{}"}),
                  {.standard_output = out.ends[1]});
  out.close_write();
  EXPECT_EQ(read_some(out.ends[0], 2), "0\n");
  out.close_read();
  const ProgramEnd ended = program.wait();
  expect_silent_end(ended);
}

TEST(Map, AClosedReaderStopsRunningTasksEvenIfNothingIsWritten) {
  const Folder folder;
  Pipe out;
  const std::string pid_file = folder.path("pid");
  Program program(ropewalk_words({"map", "shell.run", "--range", "1", "--", "sh", "-c",
                                  "echo $$ > " + pid_file + "; exec sleep 5000"}),
                  {.standard_output = out.ends[1]});
  out.close_write();
  ASSERT_TRUE(eventually([&] { return read_file(pid_file).ends_with('\n'); }));
  out.close_read();
  const ProgramEnd ended = program.wait();
  expect_silent_end(ended);
  const pid_t command = std::stoi(read_file(pid_file));
  EXPECT_TRUE(eventually([&] { return ::kill(command, 0) != 0; }));
}

TEST(Map, AFullDiskBehindStdoutIsReportedAndTheRunGoesOn) {
  const Folder folder;
  const int full = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
  const ProgramEnd ended = ropewalk({"map", "shell.run", "--range", "10", "-q", "-j2", "--", "sh", "-c",
                                     "sleep 0.05; echo $1; touch done-$1", "sh", "{}"},
                                    {.folder = folder.path(), .standard_output = full});
  ::close(full);
  EXPECT_EQ(ended.exit_code, 74);
  for (int i = 0; i < 10; ++i)
    EXPECT_TRUE(std::filesystem::exists(folder.path("done-" + std::to_string(i)))) << "no task " << i;
  EXPECT_THAT(ended.err, HasSubstr("ropewalk: cannot write to stdout: No space left on device\n"));
}

TEST(Map, ResultsThatCannotBeStoredUntilTheirTurnAreReported) {
  const ProgramEnd ended = ropewalk({"map", "shell.run", "-j2", "--range", "5", "-q", "--", "sh", "-c",
                                     "test $1 = 0 && sleep 5000 || head -c 900000 /dev/zero", "sh", "{}"},
                                    {.environment = {{"ROPEWALK_FAILPOINTS", "spool.write=err:ENOSPC"}}});
  EXPECT_EQ(ended.exit_code, 74);
  EXPECT_EQ(ended.out, "");
  EXPECT_THAT(ended.err,
              HasSubstr("ropewalk: a result cannot be kept until it can be printed: No space left on device\n"));
}

TEST(Map, CtrlCEndsItByThatSignalAndFinishedResultsArePrinted) {
  Pipe in, out;
  Program program(ropewalk_words({"map", "shell.run", "--lines", "-", "--", "echo", "{}"}),
                  {.input = in.ends[0], .standard_output = out.ends[1]});
  in.close_read(), out.close_write();
  ASSERT_EQ(::write(in.ends[1], "one\n", 4), 4);
  EXPECT_EQ(read_some(out.ends[0], 4), "one\n");
  program.signal(SIGINT);
  EXPECT_EQ(program.wait().signal, SIGINT);
}

/// Runs the printed workflow and the command line itself, and compares their results.
void expect_same_results(const Folder& folder, std::vector<std::string> words) {
  std::vector<std::string> with_file = words;
  with_file.insert(with_file.begin() + 2, {"--results", "mapped.jsonl"});
  EXPECT_EQ(ropewalk(with_file, {.folder = folder.path()}).exit_code, 0);
  words.insert(words.begin() + 2, "--print-yaml");
  const ProgramEnd printed = ropewalk(words, {.folder = folder.path()});
  EXPECT_EQ(printed.exit_code, 0) << printed.err;
  EXPECT_EQ(printed.err, "");
  folder.file("printed.yaml", printed.out);
  const ProgramEnd ran = ropewalk({"run", "printed.yaml", "--results", "ran.jsonl"}, {.folder = folder.path()});
  EXPECT_EQ(ran.exit_code, 0) << ran.err << printed.out;
  EXPECT_EQ(ran.out, "");
  EXPECT_NE(read_file(folder.path("ran.jsonl")), "");
  EXPECT_EQ(read_file(folder.path("ran.jsonl")), read_file(folder.path("mapped.jsonl"))) << printed.out;
}

TEST(Map, ThePrintedWorkflowGivesTheSameResults) {
  const Folder folder;
  folder.file("lines", "a\nb: c\n010\n\n\"q\"\n");
  folder.file("values", "{\"a\": [1]}\n2.5\n\"text\"\n");
  expect_same_results(folder, {"map", "shell.run", "--lines", "lines", "-j", "2", "--executor", "process",
                               "--fail-fast", "--with", "env={\"X\": \"y {}\"}", "--", "sh", "-c",
                               "printf '%s|%s\\t\\n' \"$X\" \"$1\"", "-", "{} \xE2\x80\xAE \x1b[1m: #"});
  expect_same_results(folder, {"map", "sim.echo", "--jsonl", "values", "--with", "value={}", "--executor", "serial"});
  expect_same_results(folder, {"map", "sim.echo", "--range", "3", "--with", "value=[\"{}\", \"no\", 1.0]"});
  expect_same_results(
      folder, {"map", "file.checksum", "--glob", "{lines,values}", "--with", "path={}", "--with", "algorithm=md5"});
  expect_same_results(folder, {"map", "sim.noop"});
}

TEST(Map, PrintYamlRunsNothingAndPrintsNothingInvalid) {
  const Folder folder;
  EXPECT_EQ(ropewalk({"map", "shell.run", "--print-yaml", "--", "touch", folder.path("made")}).exit_code, 0);
  EXPECT_FALSE(std::filesystem::exists(folder.path("made")));
  const ProgramEnd wrong = ropewalk({"map", "sim.sleep", "--print-yaml", "--with", "secnds=1"});
  EXPECT_EQ(wrong.exit_code, 2);
  EXPECT_EQ(wrong.out, "");
}

TEST(Map, AnotherOutputOnStdoutReplacesTheResults) {
  const ProgramEnd results =
      ropewalk({"map", "sim.echo", "--range", "1", "--with", "value={}", "--results", "-", "-q"});
  EXPECT_EQ(results.out,
            "{\"stage\": \"map\", \"index\": 0, \"item\": 0, \"outcome\": \"succeeded\", \"value\": {\"value\": 0}}\n");
  const ProgramEnd json = ropewalk({"map", "sim.echo", "--range", "1", "--with", "value={}", "--json", "-q"});
  EXPECT_THAT(json.out, testing::StartsWith("{\"schema\": 1"));
  EXPECT_EQ(lines_of(json.out).size(), 1u);
}

}  // namespace
}  // namespace ropewalk::test
