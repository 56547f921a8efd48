// The kinds of `foreach`, through the real program.

#include "program.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <fcntl.h>
#include <sys/stat.h>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace ropewalk::test {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kEcho = R"(
ropewalk: 1
name: items
stages:
  - name: each
    task: sim.echo
    with: {value: "${{ item }}"}
    foreach: )";

/// Runs a stage over these items in `folder`.
ProgramEnd over(const Folder& folder, const std::string& items, const std::string& input = {}) {
  const std::string file = folder.file("items.yaml", std::string(kEcho) + items + "\n");
  return ropewalk({"run", file, "--results", folder.path("results.jsonl")},
                  {.folder = folder.path(), .standard_input = input});
}

/// The values passed to its tasks, by index.
std::vector<json> values(const Folder& folder) {
  std::vector<json> values;
  for (const std::string& line : lines_of(read_file(folder.path("results.jsonl")))) {
    const json row = json::parse(line);
    values.resize(std::max<std::size_t>(values.size(), std::size_t{row["index"]} + 1));
    values[row["index"]] = row["value"]["value"];
  }
  return values;
}

TEST(Items, LinesAreAlwaysText) {
  const Folder folder;
  folder.file("lines.txt", "010\n1e9999\nyes\nnull\n\n x \nlast");
  EXPECT_EQ(over(folder, "{lines: lines.txt}").exit_code, 0);
  EXPECT_THAT(values(folder), ElementsAre("010", "1e9999", "yes", "null", "", " x ", "last"));
}

TEST(Items, QuotedElementsAreTextAndAmbiguousOnesAreRejected) {
  const Folder folder;
  EXPECT_EQ(over(folder, R"(["yes", "010", 7, 0.5, true])").exit_code, 0);
  EXPECT_THAT(values(folder), ElementsAre("yes", "010", 7, 0.5, true));
  for (const char* word : {"yes", "010", "0x10", "1e9999", "~"}) {
    const ProgramEnd ended = over(folder, "[" + std::string(word) + "]");
    EXPECT_EQ(ended.exit_code, 3) << word;
    EXPECT_THAT(ended.err, HasSubstr("'" + std::string(word) + "'")) << ended.err;
  }
}

TEST(Items, GlobsHaveBraces) {
  const Folder folder;
  for (const char* name : {"b.txt", "a.txt", "c.txt"}) folder.file(name, "");
  EXPECT_EQ(over(folder, R"({glob: "{a,c}.txt"})").exit_code, 0);
  EXPECT_THAT(values(folder), ElementsAre("a.txt", "c.txt"));
}

TEST(Items, AGlobWithoutMatchesIsReportedAndIsNotAFailure) {
  const Folder folder;
  const ProgramEnd ended = over(folder, R"({glob: ["*.nothing", "n?ne"]})");
  EXPECT_EQ(ended.exit_code, 5);  // no task ran
  EXPECT_THAT(ended.err, HasSubstr("warning: stage 'each': no file matches *.nothing, n?ne (relative to '" +
                                   std::filesystem::canonical(folder.path()).string() + "')\n"));
  EXPECT_THAT(over(folder, "{range: 0}").err, Not(HasSubstr("warning")));
}

TEST(Items, OfAGlobOmitMatchesOfExclude) {
  const Folder folder;
  for (const char* sub : {"src", "src/gen", ".git"}) std::filesystem::create_directory(folder.path(sub));
  for (const char* name : {"src/a.c", "src/.b.c", "src/gen/c.c", ".git/d.c"}) folder.file(name, "");
  EXPECT_EQ(over(folder, R"({glob: "**/*.c", exclude: [".*", "src/gen/**"]})").exit_code, 0);
  EXPECT_THAT(values(folder), ElementsAre("src/a.c"));
  EXPECT_EQ(over(folder, R"({glob: "**/", exclude: "${{ '.git' }}"})").exit_code, 0);
  EXPECT_THAT(values(folder), ElementsAre("src", "src/gen"));
}

TEST(Items, OfAnUnreadableFolderAreSkippedWithOneWarning) {
  const Folder folder;
  for (const char* sub : {"open", "shut", "shut2"}) std::filesystem::create_directory(folder.path(sub));
  folder.file("open/a", "");
  for (const char* sub : {"shut", "shut2"})
    std::filesystem::permissions(folder.path(sub), std::filesystem::perms::none);
  const std::string file = folder.file("items.yaml", std::string(kEcho) + "{glob: \"**/a\"}\n");
  std::vector<std::string> words = ropewalk_words({"run", file});
  // root reads everything
  if (::geteuid() == 0)
    words.insert(words.begin(), {"/usr/bin/setpriv", "--bounding-set=-all", "--inh-caps=-all", "--"});
  const ProgramEnd ended = Program(words, {.folder = folder.path()}).wait();
  for (const char* sub : {"shut", "shut2"})
    std::filesystem::permissions(folder.path(sub), std::filesystem::perms::owner_all);
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("1 of 1 task succeeded"));
  EXPECT_THAT(ended.err, HasSubstr("warning: stage 'each': 2 folders may not be read and were skipped: 'shut/' "
                                   "(Permission denied), 'shut2/' (Permission denied)\n"));
}

TEST(Items, AMatrixCanUseResultsAndItsResultsCanBeItems) {
  const Folder folder;
  const std::string file = folder.file("nested.yaml", R"(
ropewalk: 1
name: nested
stages:
  - {name: sizes, task: sim.echo, foreach: [1, 2], with: {value: "${{ item * 10 }}"}}
  - name: all
    task: sim.echo
    foreach:
      matrix: {size: "${{ stages.sizes.results[*].value }}", color: [red, blue]}
      exclude: [{size: 20, color: red}]
      include: [{size: 0, color: "${{ text(stages.sizes.tasks) }}"}]
    with: {value: "${{ item.color }} ${{ item.size }}"}
  - name: again
    task: sim.echo
    foreach:
      matrix: {of: "${{ stages.all.results[*].value }}", way: [up]}
    with: {value: "${{ item.way }} ${{ item.of }}"}
)");
  const ProgramEnd ended = ropewalk({"run", file, "--results", folder.path("results.jsonl")});
  ASSERT_EQ(ended.exit_code, 0) << ended.err;
  std::vector<std::string> values;
  for (const std::string& line : lines_of(read_file(folder.path("results.jsonl")))) {
    const json row = json::parse(line);
    if (row["stage"] == "again") values.push_back(row["value"]["value"]);
  }
  EXPECT_THAT(values, ElementsAre("up red 10", "up blue 10", "up blue 20", "up 2 0"));
}

TEST(Items, AreExactInResultsWhateverTheirContent) {
  const Folder folder;
  const std::string wild = std::string("a\x1b[31m\x07\x7f\xe2\x80\xae\"\\\t b", 16);
  folder.file("lines.txt", wild + "\n");
  EXPECT_EQ(over(folder, "{lines: lines.txt}").exit_code, 0);
  EXPECT_THAT(values(folder), ElementsAre(wild));
  EXPECT_EQ(read_file(folder.path("results.jsonl")).find('\x1b'), std::string::npos);
}

TEST(Items, ControlCharactersOfAnItemNeverReachTheTerminal) {
  const Folder folder;
  folder.file("lines.txt", "red\x1b[31m\n");
  const std::string file = folder.file("fail.yaml", R"(
ropewalk: 1
name: items
stages:
  - {name: each, task: file.checksum, foreach: {lines: lines.txt}, with: {path: "${{ item }}"}}
)");
  const ProgramEnd ended = ropewalk({"run", file}, {.folder = folder.path()});
  EXPECT_EQ(ended.exit_code, 1);
  EXPECT_THAT(ended.err, HasSubstr("red\\x1b[31m"));
  EXPECT_THAT(ended.err, Not(HasSubstr("\x1b[31m")));
}

TEST(Items, AFileOfTenGigabytesIsNotLoadedIntoMemory) {
  const Folder folder;
  const std::string path = folder.file("lines", "");
  const int fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
  constexpr std::int64_t kLine = 16 << 20, kLines = 640;  // sparse, so it uses no disk space
  for (std::int64_t i = 1; i <= kLines; ++i) ASSERT_EQ(::pwrite(fd, "\n", 1, i * kLine - 1), 1);
  ::close(fd);
  const std::string file = folder.file(
      "large.yaml", "ropewalk: 1\nname: large\nstages:\n  - {name: s, task: sim.noop, foreach: {lines: lines}}\n");
  const ProgramEnd ended = ropewalk({"run", file}, {.folder = folder.path()});
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("640 of 640 tasks succeeded"));
  EXPECT_LT(ended.peak_kib, 100 << 10);
}

TEST(Items, ThreeMillionLinesAreReadOneByOne) {
  const Folder folder;
  std::string text;
  for (int i = 0; i < 3'000'000; ++i) text += std::to_string(i) + std::string(60, '.') + "\n";
  folder.file("lines", text);
  const ProgramEnd ended = over(folder, "{lines: lines}");
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_LT(ended.peak_kib, 300 << 10) << "of " << (text.size() >> 10) << " in the file; 64 bytes are kept of a task";
  const std::string results = read_file(folder.path("results.jsonl"));
  EXPECT_EQ(std::count(results.begin(), results.end(), '\n'), 3'000'000);
  EXPECT_THAT(results, HasSubstr("\"item\": \"2999999...."));
}

TEST(Items, TasksOverStandardInputStartBeforeItsWriterHasEnded) {
  const Folder folder;
  const std::string events = folder.path("events.jsonl");
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  const std::string file = folder.file("items.yaml", std::string(kEcho) + "{lines: '-'}\n");
  Program program(ropewalk_words({"run", file, "--events", events}), {.folder = folder.path(), .input = ends[0]});
  ::close(ends[0]);
  const auto finished = [&] {
    std::size_t count = 0;
    for (const std::string& line : lines_of(read_file(events)))
      count += line.find("task_finished") != std::string::npos;
    return count;
  };
  ASSERT_EQ(::write(ends[1], "one\ntw", 6), 6);
  EXPECT_TRUE(eventually([&] { return finished() == 1; }));
  ASSERT_EQ(::write(ends[1], "o\nthree", 7), 7);
  EXPECT_TRUE(eventually([&] { return finished() == 2; }));
  ::close(ends[1]);
  const ProgramEnd ended = program.wait();
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("3 of 3 tasks succeeded"));
  EXPECT_THAT(read_file(events), HasSubstr("\"event\": \"stage_listed\""));
}

TEST(Items, ByteOrderMarksAndBlankLinesOfJsonAreNotItems) {
  const Folder folder;
  folder.file("l.txt", "\xEF\xBB\xBFone\r\n\r\ntwo");
  EXPECT_EQ(over(folder, "{lines: l.txt}").exit_code, 0);
  EXPECT_THAT(values(folder), ElementsAre("one", "", "two"));
  folder.file("l.jsonl", "\xEF\xBB\xBF{\"a\": 1}\r\n\r\n  \n2\n\n");
  EXPECT_EQ(over(folder, "{jsonl: l.jsonl}").exit_code, 0);
  EXPECT_THAT(values(folder), ElementsAre(json{{"a", 1}}, 2));
}

TEST(Items, OfALinesFileMayEndWithNulAsFindWritesThem) {
  const Folder folder;
  folder.file("names", std::string("./a\nb\0./c\0", 10));
  EXPECT_EQ(over(folder, R"({lines: {file: names, end: "\0"}})").exit_code, 0);
  EXPECT_THAT(values(folder), ElementsAre("./a\nb", "./c"));
}

TEST(Items, AreReadFromFifosProcessSubstitutionAndTheNameOfStandardInput) {
  const Folder folder;
  const std::string map = "'" + ropewalk_words({}).front() + "' map shell.run";
  const auto shell = [&](const std::string& command) {
    return Program({"/bin/bash", "-c", command}, {.folder = folder.path()}).wait();
  };
  EXPECT_EQ(shell(map + " --lines <(printf 'a\nb\n') -- echo got {}").out, "got a\ngot b\n");
  EXPECT_EQ(shell("printf 'a\nb\n' | " + map + " --lines /dev/stdin -- echo got {}").out, "got a\ngot b\n");
  EXPECT_EQ(shell("printf 'a\nb\n' > f; " + map + " --lines /dev/stdin -- echo got {} < f").out, "got a\ngot b\n");
  EXPECT_EQ(shell("mkfifo p; (printf '1\n\n2\n' > p) & " + map + " --jsonl p -- echo got {}; wait").out,
            "got 1\ngot 2\n");
}

TEST(Items, OfAFifoAreLeftToTheRunByADryRun) {
  const Folder folder;
  const std::string file = folder.file("items.yaml", std::string(kEcho) + "{lines: p}\n");
  ASSERT_EQ(::mkfifo(folder.path("p").c_str(), 0600), 0);
  const ProgramEnd ended = ropewalk({"run", file, "--dry-run"}, {.folder = folder.path()});
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_THAT(ended.out, HasSubstr(", tasks from the lines of 'p'\n"));
}

TEST(Items, AMissingFileOfLinesIsReportedWithItsBaseFolder) {
  const Folder folder;
  const ProgramEnd ended = over(folder, "{lines: urls.txt}");
  EXPECT_EQ(ended.exit_code, 1);
  EXPECT_THAT(ended.err, HasSubstr("cannot read lines from 'urls.txt': there is no such file (relative to '" +
                                   std::filesystem::canonical(folder.path()).string() + "')"));
}

TEST(Items, AStopEndsAStageThatWaitsForStandardInput) {
  const Folder folder;
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  const std::string file = folder.file("items.yaml", std::string(kEcho) + "{lines: '-'}\n");
  Program program(ropewalk_words({"run", file}), {.folder = folder.path(), .input = ends[0]});
  EXPECT_TRUE(program.said("stage each"));
  program.signal(SIGINT);
  EXPECT_EQ(program.wait().signal, SIGINT);
  ::close(ends[0]), ::close(ends[1]);
}

}  // namespace
}  // namespace ropewalk::test
