// What `foreach` goes over, through the real program.

#include "program.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

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
Ended over(const Folder& folder, const std::string& items, const std::string& input = {}) {
  const std::string file = folder.file("items.yaml", std::string(kEcho) + items + "\n");
  return ropewalk({"run", file, "--results", folder.path("results.jsonl")}, {.folder = folder.path(), .standard_input = input});
}

/// The values that its tasks were given, by index.
std::vector<json> values(const Folder& folder) {
  std::vector<json> values;
  for (const std::string& line : lines_of(read_file(folder.path("results.jsonl")))) {
    const json row = json::parse(line);
    values.resize(std::max<std::size_t>(values.size(), std::size_t{row["index"]} + 1));
    values[row["index"]] = row["value"]["value"];
  }
  return values;
}

TEST(Items, LinesAreTextWhateverTheyLookLike) {
  const Folder folder;
  folder.file("lines.txt", "010\n1e9999\nyes\nnull\n\n x \nlast");
  EXPECT_EQ(over(folder, "{lines: lines.txt}").exit_code, 0);
  EXPECT_THAT(values(folder), ElementsAre("010", "1e9999", "yes", "null", "", " x ", "last"));
}

TEST(Items, QuotedElementsAreTextAndAmbiguousOnesAreRefused) {
  const Folder folder;
  EXPECT_EQ(over(folder, R"(["yes", "010", 7, 0.5, true])").exit_code, 0);
  EXPECT_THAT(values(folder), ElementsAre("yes", "010", 7, 0.5, true));
  for (const char* word : {"yes", "010", "0x10", "1e9999", "~"}) {
    const Ended ended = over(folder, "[" + std::string(word) + "]");
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

TEST(Items, AGlobThatMatchesNothingIsToldAndIsNoFailure) {
  const Folder folder;
  const Ended ended = over(folder, R"({glob: ["*.nothing", "n?ne"]})");
  EXPECT_EQ(ended.exit_code, 5);  // no task ran
  EXPECT_THAT(ended.err, HasSubstr("warning: stage 'each': no file matches *.nothing, n?ne\n"));
  EXPECT_THAT(over(folder, "{range: 0}").err, Not(HasSubstr("warning")));
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
  const Ended ended = ropewalk({"run", file}, {.folder = folder.path()});
  EXPECT_EQ(ended.exit_code, 1);
  EXPECT_THAT(ended.err, HasSubstr("red\\x1b[31m"));
  EXPECT_THAT(ended.err, Not(HasSubstr("\x1b[31m")));
}

}  // namespace
}  // namespace ropewalk::test
