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
    const ProgramEnd ended =
        ropewalk({"map", "sim.echo", source[0], source[1], "--with", "value=1"}, {.folder = folder.path()});
    EXPECT_EQ(ended.exit_code, 2) << ended.err;
    EXPECT_THAT(ended.err, HasSubstr("ropewalk: error[C112]: no task uses its item of " + source[0] +
                                     ": all would do the same\n"));
    EXPECT_THAT(ended.err, HasSubstr("= write {} where the item belongs, as in: --with NAME={}\n"));
    EXPECT_EQ(ended.out, "");
  }
  EXPECT_THAT(ropewalk({"map", "sim.echo", "--with", "value=1", ":::", "a"}).err,
              HasSubstr("no task uses its item of the lists"));
  EXPECT_EQ(ropewalk({"map", "shell.run", "--range", "3", "--", "echo", "hi"}).out, "hi\nhi\nhi\n");
  EXPECT_EQ(
      ropewalk({"map", "shell.run", "--lines", "-", "--", "echo", "${{ index }}"}, {.standard_input = "a\nb\n"}).out,
      "0\n1\n")
      << "the number is enough";
}

/// map shell.run with these words, quietly.
ProgramEnd map_run(std::vector<std::string> words, const ProgramOptions& options = {}) {
  words.insert(words.begin(), {"map", "shell.run", "-q"});
  return ropewalk(std::move(words), options);
}

TEST(Map, ItemsFollowACommandWithoutAPlaceholderAsWithXargs) {
  const std::string lines = "a b\n$(date)\n-n\n";
  EXPECT_EQ(map_run({"--lines", "-", "--", "printf", "<%s>"}, {.standard_input = lines}).out, "<a b><$(date)><-n>");
  EXPECT_EQ(map_run({"--", "printf", "<%s>", ":::", "", "caf\xe9", "new\nline", "{}", "${{ x }}"}).out,
            "<><caf\xe9><new\nline><{}><${{ x }}>");
  EXPECT_EQ(map_run({"--", "echo", "${{ ':::' }}", "{}", ":::", "a"}).out, "::: a\n");
}

TEST(Map, ListsBehindTheCommandAreCombinedOrLinked) {
  const Folder folder;
  folder.file("f", "x\ny\n");
  EXPECT_EQ(map_run({"--", "echo", ":::", "a", "b", ":::", "1", "2"}).out, "a 1\na 2\nb 1\nb 2\n");
  EXPECT_EQ(map_run({"--", "echo", "{2}{1}", ":::", "a", "b", ":::+", "1", "2"}).out, "1a\n2b\n");
  EXPECT_EQ(
      map_run({"--", "echo", "{1}{2}{3}", ":::", "a", "b", "::::", "f", ":::+", "1", "2"}, {.folder = folder.path()})
          .out,
      "ax1\nay2\nbx1\nby2\n");
  EXPECT_EQ(map_run({"--", "echo", "::::", "f", "-"}, {.folder = folder.path(), .standard_input = "1\n"}).out,
            "x 1\ny 1\n");
  EXPECT_EQ(map_run({"-0", "--", "printf", "<%s,%s>", "::::", "-", ":::", "z"},
                    {.standard_input = std::string("a\nb\0c\xe9\0", 7)})
                .out,
            "<a\nb,z><c\xe9,z>");
  EXPECT_EQ(map_run({"--", "echo", ":::"}).exit_code, 5) << "no item, no task";
  const ProgramEnd missing = map_run({"--", "echo", "::::", "f", "missing"}, {.folder = folder.path()});
  EXPECT_EQ(missing.exit_code, 2);
  EXPECT_THAT(missing.err, HasSubstr("cannot read lines from 'missing': there is no such file"));
  const ProgramEnd values = ropewalk({"map", "sim.echo", "-q", "--with", "value={...}", ":::", "a", ":::", "b"});
  EXPECT_EQ(values.out, "{\"value\": [\"a\", \"b\"]}\n") << values.err;
}

TEST(Map, ATaskMayHaveSeveralItems) {
  EXPECT_EQ(map_run({"-n", "2", "--", "echo", ":::", "a", "b", "c"}).out, "a b\nc\n");
  EXPECT_EQ(map_run({"-n2", "--lines", "-", "--", "echo", "<{1}>", "{...}", "${{ index }}", "it's}}"},
                    {.standard_input = "a\nb\nc\n"})
                .out,
            "<a> a b 0 it's}}\n<c> c 1 it's}}\n");
  EXPECT_EQ(map_run({"-n", "2", "-0", "--lines", "-", "--", "printf", "<%s>"},
                    {.standard_input = std::string("a\nb\0c\xe9\0\0", 8)})
                .out,
            "<a\nb><c\xe9><>");
  EXPECT_EQ(map_run({"--range", "5", "-n", "3", "--", "echo"}).out, "0 1 2\n3 4\n");
}

TEST(Map, AHundredThousandItemsAreBatchesLinesAndWords) {
  std::string numbers;
  std::vector<std::string> words{"map", "sim.echo", "-q", "--with", "value={}", "--print", "value", ":::"};
  for (int i = 0; i < 100'000; ++i) {
    numbers += std::to_string(i) + "\n";
    words.push_back(std::to_string(i));
  }
  const ProgramEnd batches =
      map_run({"-n", "1000", "--lines", "-", "--", "printf", "%s\n"}, {.standard_input = numbers});
  EXPECT_TRUE(batches.out == numbers) << batches.err;
  const ProgramEnd listed = ropewalk(words);
  EXPECT_TRUE(listed.out == numbers) << listed.err.substr(0, 500);
}

TEST(Map, WordsThatAreTooManyForAWorkflowAreRefusedWithTheWayOut) {
  std::vector<std::string> words{"map", "shell.run", "--", "echo", ":::"};
  words.resize(words.size() + 12, std::string(100'000, 'x'));
  const ProgramEnd ended = ropewalk(words);
  EXPECT_EQ(ended.exit_code, 2) << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("write them into a file, one a line, and name it alone: --lines FILE"));
}

TEST(Map, AShuffleIsPrintedSoThatItCanBeRepeated) {
  std::vector<std::string> words{"map", "sim.echo", "--range", "1000", "--shuf", "--with", "value={}"};
  words.push_back("--print-yaml");
  const ProgramEnd yaml = ropewalk(words);
  EXPECT_THAT(yaml.out, HasSubstr("foreach: {range: 1000, shuffle: "));
  const Folder folder;
  const std::string file = folder.file("w.yaml", yaml.out);
  const ProgramEnd once = ropewalk({"run", file, "--results", "-"}), again = ropewalk({"run", file, "--results", "-"});
  EXPECT_EQ(once.out, again.out);
  EXPECT_EQ(lines_of(once.out).size(), 1000u);
  EXPECT_THAT(lines_of(once.out).front(), Not(HasSubstr("\"item\": 0,")));
}

TEST(Map, APipeSplitsItsInputAtLineEndsAndLosesNoByte) {
  std::string bytes;
  for (int i = 0; i < 300'000; ++i) bytes += static_cast<char>(i * 7919 % 251);
  const Folder folder;
  folder.file("data", bytes);
  for (const std::vector<std::string>& source : {std::vector<std::string>{"--lines", "data"}, {"--lines", "-"}, {}}) {
    std::vector<std::string> words{"--pipe", "--block", "10kB"};
    words.insert(words.end(), source.begin(), source.end());
    words.insert(words.end(), {"--", "cat"});
    const ProgramEnd ended = map_run(words, {.folder = folder.path(), .standard_input = bytes});
    EXPECT_TRUE(ended.out == bytes) << ended.err << ended.out.size();
  }
  EXPECT_EQ(map_run({"--pipe", "-n", "2", "--", "wc", "-l"}, {.standard_input = "a\nb\nc\n"}).out, "2\n1\n");
  EXPECT_EQ(map_run({"--pipe", "--", "wc", "-l"}, {.standard_input = ""}).exit_code, 5);
  EXPECT_THAT(map_run({"--pipe", "--glob", "*", "--", "wc"}).err, HasSubstr("--glob has none"));
}

TEST(Map, ResultsMayComeInTheOrderInWhichTasksEnd) {
  const Folder folder;
  Pipe out;
  Program program(
      ropewalk_words({"map", "shell.run", "-q", "-j2", "--order", "completion", "--", "sh", "-c",
                      "if test $0 = a; then until test -e go; do sleep 0.01; done; fi; echo $0", ":::", "a", "b"}),
      {.folder = folder.path(), .standard_output = out.ends[1]});
  out.close_write();
  EXPECT_EQ(read_some(out.ends[0], 2), "b\n") << "the first task waits until this one was printed";
  folder.file("go", "");
  EXPECT_EQ(read_some(out.ends[0], 2), "a\n");
  EXPECT_EQ(program.wait().exit_code, 0);
}

TEST(Map, LinesOfOutputMayBeginWithTheItem) {
  const ProgramEnd ended =
      map_run({"--tag", "--", "sh", "-c", "echo out; echo err >&2; printf end", ":::", "a", ":::", "x"});
  EXPECT_EQ(ended.out, "a x\tout\na x\tend") << "of 'sh', the items are $0 and $1";
  EXPECT_EQ(ended.err, "a x\terr\n");
  EXPECT_EQ(ropewalk({"map", "sim.echo", "-q", "--tag", "--with", "value={}", ":::", "a"}).out,
            "a\t{\"value\": \"a\"}\n");
}

TEST(Map, AFolderOfResultsHasAFileForEachTaskThatSucceeded) {
  const Folder folder;
  const ProgramEnd ended =
      map_run({"--results-dir", "out/of tasks", "--", "sh", "-c", "echo $0; test $0 != b", ":::", "a", "b", "c"},
              {.folder = folder.path()});
  EXPECT_EQ(ended.exit_code, 1);
  EXPECT_EQ(ended.out, "") << "the files are in its place";
  EXPECT_EQ(read_file(folder.path("out/of tasks/0")), "a\n");
  EXPECT_FALSE(std::filesystem::exists(folder.path("out/of tasks/1")));
  EXPECT_EQ(read_file(folder.path("out/of tasks/2")), "c\n");
  EXPECT_EQ(ropewalk({"map", "sim.echo", "-q", "--results-dir", "out", "--with", "value={}", ":::", "a"},
                     {.folder = folder.path()})
                .exit_code,
            0);
  EXPECT_EQ(read_file(folder.path("out/0")), "{\"value\": \"a\"}\n");
  folder.file("plain", "");
  const ProgramEnd refused =
      map_run({"--results-dir", "plain", "--", "touch", ":::", "ran"}, {.folder = folder.path()});
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.err, HasSubstr("error[C108]: --results-dir: cannot make the folder 'plain'"));
  EXPECT_FALSE(std::filesystem::exists(folder.path("ran")));
}

TEST(Map, RetriesAndTimeoutHoldForEachTask) {
  const Folder folder;
  const ProgramEnd again = map_run({"--retries", "1", "--with", "command=mkdir {} && exit 1; echo {}", ":::", "a"},
                                   {.folder = folder.path()});
  EXPECT_EQ(again.out, "a\n") << again.err;
  const ProgramEnd late = map_run({"--timeout", "100ms", "--", "sleep", ":::", "600"});
  EXPECT_EQ(late.exit_code, 1);
  EXPECT_THAT(late.err, HasSubstr("the task ran longer than its timeout of 100 ms"));
  EXPECT_EQ(map_run({"--timeout", "soon", "--", "sleep", ":::", "1"}).exit_code, 2);
}

TEST(Map, ADryRunPrintsCommandLinesThatAShellTakes) {
  const Folder folder;
  const std::vector<std::string> words{"-n",    "2",   "--",  "printf", "<%s>", "{1}",
                                       "{...}", ":::", "a b", "it's",   "$(x)", "caf\xe9"};
  std::vector<std::string> dry = words;
  dry.insert(dry.begin(), "--dry-run");
  const ProgramEnd printed = map_run(dry), ran = map_run(words);
  EXPECT_EQ(lines_of(printed.out).size(), 2u) << printed.out;
  EXPECT_EQ(lines_of(printed.out).front(), "printf '<%s>' 'a b' 'a b' 'it'\\''s'");
  Program shell({"/bin/bash", folder.file("lines", printed.out)});
  EXPECT_EQ(shell.wait().out, ran.out);
  EXPECT_EQ(map_run({"--dry-run", "--with", "command=rm {}", "--with", "shell=bash", ":::", "a"}).out,
            "bash -eu -c 'rm a'\n");
  EXPECT_EQ(map_run({"--dry-run", "--", "true"}).out, "true\n") << "one task without an item";
  EXPECT_EQ(map_run({"--dry-run", "--lines", "-", "--", "rm"}, {.standard_input = ""}).out, "");
  EXPECT_EQ(map_run({"--dry-run", "--lines", "missing", "--", "rm"}).exit_code, 1) << "as the run would";
}

TEST(Map, ADryRunPrintsLinesWhileStandardInputIsStillWrittenAndEndsWithItsReader) {
  Pipe in, out;
  Program program(ropewalk_words({"map", "shell.run", "--dry-run", "--lines", "-", "--", "echo"}),
                  {.input = in.ends[0], .standard_output = out.ends[1]});
  in.close_read(), out.close_write();
  ASSERT_EQ(::write(in.ends[1], "one\ntw", 6), 6);
  EXPECT_EQ(read_some(out.ends[0], 9), "echo one\n");
  out.close_read();
  ASSERT_EQ(::write(in.ends[1], "o\n", 2), 2);
  const ProgramEnd ended = program.wait();
  EXPECT_EQ(ended.signal, SIGPIPE) << ended.exit_code << ended.err;
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

TEST(Map, AFullDiskBehindTheLinesOfADryRunIsReported) {
  const int full = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
  const ProgramEnd ended =
      ropewalk({"map", "shell.run", "--dry-run", "--", "echo", ":::", "a"}, {.standard_output = full});
  ::close(full);
  EXPECT_EQ(ended.exit_code, 74);
  EXPECT_EQ(ended.err, "ropewalk: cannot write to stdout: No space left on device\n");
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
