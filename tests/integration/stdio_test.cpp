// stdio.call: programs in other languages that answer lines of JSON, and what becomes of tasks whose program
// misbehaves. The programs of docs/stdio.md run here.

#include "program.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

namespace ropewalk::test {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

/// The first block of that language on docs/stdio.md.
std::string block(const std::string& language) {
  std::ifstream in(std::filesystem::path(ROPEWALK_SOURCE) / "docs/stdio.md");
  const std::string page(std::istreambuf_iterator<char>(in), {}), begin = "```" + language + "\n";
  const std::size_t at = page.find(begin) + begin.size();
  return page.substr(at, page.find("```", at) - at);
}

bool is_installed(const std::string& program) {
  return std::system(("command -v " + program + " >/dev/null").c_str()) == 0;
}

std::vector<json> results_of(const ProgramEnd& ended) {
  std::vector<json> results;
  std::istringstream lines(ended.out);
  for (std::string line; std::getline(lines, line);) results.push_back(json::parse(line));
  return results;
}

/// Runs one stage that asks a shell script, once for each item.
struct Asked {
  ProgramEnd ended;
  std::vector<json> results;
};
Asked ask(const std::string& script, const std::string& items, const std::string& more = "") {
  const Folder folder;
  folder.file("answer.sh", script);
  const std::string file = folder.file(
      "w.yaml", "ropewalk: 1\nstages:\n  - {name: ask, task: stdio.call, workers: 1, foreach: " + items + ", " + more +
                    "with: {argv: [sh, " + folder.path() + "/answer.sh], request: \"${{ item }}\"}}\n");
  Asked asked{ropewalk({"run", file, "--no-record", "--results", "-"}), {}};
  asked.results = results_of(asked.ended);
  return asked;
}

TEST(Stdio, TheWorkflowOfThePageRunsItsProgramInJavaScript) {
  if (!is_installed("node")) GTEST_SKIP() << "node is not installed";
  const Folder folder;
  folder.file("words.js", block("js"));
  std::string workflow = block("yaml");
  workflow.replace(workflow.find("words.js"), 8, folder.path() + "/words.js");
  const ProgramEnd ended = ropewalk({"run", folder.file("w.yaml", workflow), "--no-record", "--results", "-"});
  const std::vector<json> results = results_of(ended);
  ASSERT_THAT(results, SizeIs(5)) << ended.err;
  EXPECT_EQ(results[2]["value"]["value"]["upper"], "STRAND");
  EXPECT_EQ(results[2]["value"]["value"]["letters"], 6);
  EXPECT_EQ(results[3]["message"], "an empty word");
  int answered = 0;
  for (const json& result : results)
    if (result["outcome"] == "succeeded") answered += result["value"]["value"]["answered"].get<int>() > 1;
  EXPECT_GE(answered, 2) << "two workers, four answers: each program answers several tasks";
}

TEST(Stdio, TheProgramOfThePageInShellAnswers) {
  const Asked asked = ask(block("sh"), "[{word: a}, {word: \"\"}, {word: c}]", "on_error: ignore, ");
  ASSERT_THAT(asked.results, SizeIs(3)) << asked.ended.err;
  EXPECT_EQ(asked.results[0]["value"]["value"]["index"], 0);
  EXPECT_EQ(asked.results[1]["message"], "an empty word");
  EXPECT_EQ(asked.results[2]["value"]["value"]["index"], 2);
  EXPECT_EQ(asked.results[2]["value"]["value"]["pid"], asked.results[0]["value"]["value"]["pid"]) << "the same process";
}

TEST(Stdio, TheProgramOfThePageInRustAnswers) {
  if (!is_installed("rustc")) GTEST_SKIP() << "rustc is not installed";
  const Folder folder;
  const std::string source = folder.file("words.rs", block("rust"));
  ASSERT_EQ(std::system(("rustc -o " + folder.path() + "/words " + source).c_str()), 0);
  const ProgramEnd ended =
      ropewalk({"run",
                folder.file("w.yaml",
                            "ropewalk: 1\nstages:\n  - {name: ask, task: stdio.call, foreach: [rope, walk], with: "
                            "{argv: [" +
                                folder.path() + "/words], request: {word: \"${{ item }}\"}}}\n"),
                "--no-record", "--results", "-"});
  const std::vector<json> results = results_of(ended);
  ASSERT_THAT(results, SizeIs(2)) << ended.err;
  EXPECT_EQ(results[0]["value"]["value"]["upper"], "ROPE");
  EXPECT_EQ(results[1]["value"]["value"]["upper"], "WALK");
}

TEST(Stdio, AnyValueGoesBothWays) {
  const Asked asked = ask("sed -u 's/^.*\"request\"://; s/,\"stage\".*$//; s/^/{\"value\": /; s/$/}/'\n",
                          "[1, -2.5, true, text, [1, [2]], {k: {l: x}}, \"\\u00e9\\n\"]");
  ASSERT_THAT(asked.results, SizeIs(7)) << asked.ended.err;
  std::vector<json> values;
  for (const json& result : asked.results) values.push_back(result["value"]["value"]);
  EXPECT_THAT(values, ElementsAre(1, -2.5, true, "text", json::parse("[1, [2]]"),
                                  json::parse("{\"k\": {\"l\": \"x\"}}"), "\u00e9\n"));
}

TEST(Stdio, ARequestAndAnAnswerMayBeLargerThanAPipe) {
  const Asked asked = ask("while read -r line; do echo \"{\\\"value\\\": ${#line}, \\\"line\\\": $line}\"; done\n",
                          "[\"${{ join(range(60000), ' ') }}\"]");
  ASSERT_THAT(asked.results, SizeIs(1)) << asked.ended.err;
  EXPECT_GT(asked.results[0]["value"]["value"].get<int>(), 300'000);
}

TEST(Stdio, AProgramThatEndsFailsItsTaskAloneAndIsStartedAgain) {
  const Asked asked =
      ask("while read -r line; do case $line in *crash*) kill -SEGV $$ ;; *leave*) echo 'no more' >&2; exit 7 ;;\n"
          "*) echo \"{\\\"value\\\": $$}\" ;; esac; done\n",
          "[a, b, crash, c, leave, d]", "on_error: ignore, ");
  ASSERT_THAT(asked.results, SizeIs(6)) << asked.ended.err;
  EXPECT_EQ(asked.results[2]["message"], "'sh' was killed by SIGSEGV before it answered");
  EXPECT_EQ(asked.results[4]["message"], "'sh' exited with code 7 before it answered: no more");
  EXPECT_EQ(asked.results[4]["stderr"], "no more\n");
  for (const int good : {0, 1, 3, 5}) EXPECT_EQ(asked.results[good]["outcome"], "succeeded");
  EXPECT_EQ(asked.results[0]["value"], asked.results[1]["value"]);
  EXPECT_NE(asked.results[1]["value"], asked.results[3]["value"]);
}

TEST(Stdio, ExitCodesAndKindsDecideAboutRetries) {
  const Asked asked = ask(
      "while read -r line; do case $line in *'\"attempt\":1'*) case $line in *transient*) echo '{\"error\": \"soon\", "
      "\"kind\": \"transient\"}' ;; *permanent*) echo '{\"error\": \"never\", \"kind\": \"permanent\"}' ;; *) exit 75 "
      ";; "
      "esac ;; *) echo '{\"value\": 2}' ;; esac; done\n",
      "[transient, permanent, code]", "on_error: ignore, retries: {max: 1, when: [transient, {exit: [75]}]}, ");
  ASSERT_THAT(asked.results, SizeIs(3)) << asked.ended.err;
  EXPECT_EQ(asked.results[0]["value"]["value"], 2);
  EXPECT_EQ(asked.results[1]["message"], "never");
  EXPECT_EQ(asked.results[2]["value"]["value"], 2);
}

TEST(Stdio, AnotherLineThanAnAnswerFailsTheTaskWithTheLine) {
  const Asked asked = ask("while read -r line; do echo hello; done\n", "[1, 2]", "on_error: ignore, ");
  ASSERT_THAT(asked.results, SizeIs(2)) << asked.ended.err;
  for (const json& result : asked.results)
    EXPECT_EQ(result["message"], "'sh' wrote a line that is neither an answer nor a report: hello");
}

TEST(Stdio, ATimeoutEndsTheProgramAndTheNextAttemptHasANewOne) {
  const Asked asked = ask(
      "while read -r line; do case $line in *'\"attempt\":1'*) sleep 6000 ;; *) echo '{\"value\": 2}' ;; esac; done\n",
      "[a]", "retries: 1, timeout: \"${{ attempt * 3000 - 2999 }}\", executor: process, ");
  ASSERT_THAT(asked.results, SizeIs(1)) << asked.ended.err;
  EXPECT_EQ(asked.results[0]["value"]["value"], 2);
}

TEST(Stdio, AProgramThatIsNotThereIsNamed) {
  const Folder folder;
  const ProgramEnd ended = ropewalk({"run",
                                     folder.file("w.yaml",
                                                 "ropewalk: 1\nstages:\n  - {name: ask, task: stdio.call, with: {argv: "
                                                 "[no-such-program]}}\n"),
                                     "--no-record"});
  EXPECT_EQ(ended.exit_code, 1);
  EXPECT_THAT(ended.err, HasSubstr("cannot run 'no-such-program': there is no such program in PATH"));
}

}  // namespace
}  // namespace ropewalk::test
