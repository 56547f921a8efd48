// Completion: the output of `ropewalk __complete`, and its integration into shells by the scripts.

#include "program.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <string>

namespace ropewalk::test {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::IsSupersetOf;
using testing::Not;

constexpr const char* kWorkflow = R"(ropewalk: 1
params: {width: 640, format: {type: text, default: jpeg, choices: [jpeg, webp]}, into: {type: path, default: out}, fast: true}
stages:
  - {name: fetch, task: sim.noop}
  - {name: hash, task: sim.noop}
)";

struct Completion : testing::Test {
  Completion() { folder.file("w.yaml", kWorkflow); }
  /// The last word is the one to complete.
  std::vector<std::string> offered(std::vector<std::string> words) const {
    words.insert(words.begin(), "__complete");
    const ProgramEnd ended = ropewalk(words, {.folder = folder.path()});
    EXPECT_EQ(ended.exit_code, 0);
    EXPECT_EQ(ended.err, "");
    return lines_of(ended.out);
  }
  /// COMPREPLY of a bash with this line before its cursor.
  std::vector<std::string> in_bash(const std::string& line) const {
    const std::string program = ropewalk_words({}).front();
    Program bash(
        {"/bin/bash", "--norc", "-c",
         R"(source <("$1" completion bash) && COMP_LINE=$2 COMP_POINT=${#2} && _ropewalk "$1" && printf '%s\n' "${COMPREPLY[@]}")",
         "bash", program, line},
        {.folder = folder.path()});
    const ProgramEnd ended = bash.wait();
    EXPECT_EQ(ended.exit_code, 0) << ended.err;
    EXPECT_EQ(ended.err, "");
    return lines_of(ended.out);
  }
  const Folder folder;
};

TEST_F(Completion, OffersCommandsAndTheirOptions) {
  EXPECT_THAT(offered({""}), IsSupersetOf({"run", "map", "validate", "graph", "explain", "plugins", "completion"}));
  EXPECT_THAT(offered({"va"}), ElementsAre("validate"));
  EXPECT_THAT(offered({"plugins", ""}), ElementsAre("list", "show", "check"));
  EXPECT_THAT(offered({"graph", "--f"}), ElementsAre("--format"));
  EXPECT_THAT(offered({"help", "va"}), ElementsAre("validate"));
  EXPECT_THAT(offered({"trust", "a", ""}), ElementsAre(":folders"));
  EXPECT_THAT(offered({"run", "w.yaml", "--tr"}), ElementsAre("--trust"));
  EXPECT_THAT(offered({"help", "plugins", ""}), ElementsAre("list", "show", "check"));
  EXPECT_THAT(offered({"help", "run", ""}), ElementsAre(":files"));
  EXPECT_THAT(offered({"run", "w.yaml", "--"}),
              AllOf(IsSupersetOf({"--dry-run", "--set", "--executor", "--results"}), Not(Contains("--format"))));
  EXPECT_THAT(offered({"map", "--se"}), IsEmpty()) << "map has nothing to set";
  EXPECT_THAT(offered({"nonsense", "--nothing", ""}), Not(Contains("nonsense")));
}

TEST_F(Completion, OffersTheChoicesOfOptions) {
  EXPECT_THAT(offered({"run", "--color", ""}), ElementsAre("auto", "always", "never"));
  EXPECT_THAT(offered({"run", "--color=a"}), ElementsAre("--color=auto", "--color=always"));
  EXPECT_THAT(offered({"graph", "w.yaml", "--format", "m"}), ElementsAre("mermaid"));
  EXPECT_THAT(offered({"completion", ""}), ElementsAre("bash", "zsh", "fish"));
  EXPECT_THAT(offered({"explain", "W30"}), Contains("W302"));
  EXPECT_THAT(offered({"run", "w.yaml", "-j", ""}), IsEmpty());
  EXPECT_THAT(offered({"run", "--plugins", ""}), ElementsAre(":folders"));
  EXPECT_THAT(offered({"run", "w.yaml", "--set-file", "x=a"}), ElementsAre(":files"));
}

TEST_F(Completion, OffersStagesAndParamsOfTheFile) {
  EXPECT_THAT(
      offered({"run", "w.yaml", "--executor", ""}),
      ElementsAre("serial", "thread", "process", "thread-per-task", "process-per-task", "auto", "fetch=", "hash="));
  EXPECT_THAT(offered({"run", "w.yaml", "--executor", "hash=thr"}), ElementsAre("hash=thread", "hash=thread-per-task"));
  EXPECT_THAT(offered({"run", "w.yaml", "--stage", ""}), ElementsAre("fetch", "hash"));
  EXPECT_THAT(offered({"run", "w.yaml", "--executor=f"}), ElementsAre("--executor=fetch="));
  EXPECT_THAT(offered({"run", "w.yaml", "--set", ""}), ElementsAre("width=", "format=", "into=", "fast="));
  EXPECT_THAT(offered({"run", "w.yaml", "--set", "format="}), ElementsAre("format=jpeg", "format=webp"));
  EXPECT_THAT(offered({"run", "w.yaml", "--set", "fast=t"}), ElementsAre("fast=true"));
  EXPECT_THAT(offered({"run", "w.yaml", "--set", "into="}), ElementsAre(":files"));
  EXPECT_THAT(offered({"run", "none.yaml", "--set", ""}), IsEmpty());
}

TEST_F(Completion, OffersTaskTypesOfFoundPluginsAndTheirParameters) {
  EXPECT_THAT(offered({"map", ""}), IsSupersetOf({"shell.run", "sim.sleep", "file.checksum"}));
  EXPECT_THAT(offered({"map", "file.c"}), ElementsAre("file.checksum"));
  EXPECT_THAT(offered({"map", "file.checksum", "--with", ""}), ElementsAre("path=", "algorithm="));
  EXPECT_THAT(offered({"map", "file.checksum", "--with", "algorithm=sha2"}), ElementsAre("algorithm=sha256"));
  EXPECT_THAT(offered({"map", "file.checksum", "--print", "d"}), ElementsAre("digest"));
  EXPECT_THAT(offered({"map", "shell.run", "--", "ls", ""}), ElementsAre(":files"));
  EXPECT_THAT(offered({"plugins", "show", "si"}), ElementsAre("sim"));
}

TEST_F(Completion, LeavesFilesToTheShell) {
  for (const char* command : {"run", "compare", "validate", "graph", "config"})
    EXPECT_THAT(offered({command, ""}), ElementsAre(":files")) << command;
  EXPECT_THAT(offered({"validate", "a.yaml", ""}), ElementsAre(":files"));
  EXPECT_THAT(offered({"run", "a.yaml", ""}), IsEmpty());
}

TEST_F(Completion, KnowsWhichOptionsTakeAFileOrAFolder) {
  for (const char* option : {"--results", "--events", "--junit", "--joblog", "--metrics", "--report"})
    EXPECT_THAT(offered({"run", "w.yaml", option, ""}), ElementsAre(":files")) << option;
  for (const char* option : {"--lines", "--jsonl", ":::", "::::", ":::+"})
    EXPECT_THAT(offered({"map", "sim.noop", option, ""}), ElementsAre(":files")) << option;
  EXPECT_THAT(offered({"map", "sim.noop", "--results-dir", ""}), ElementsAre(":folders"));
  EXPECT_THAT(offered({"map", "sim.noop", "--order", ""}), ElementsAre("items", "completion"));
  EXPECT_THAT(offered({"trace", "latest", "-o", ""}), ElementsAre(":files"));
  EXPECT_THAT(offered({"trace", "latest", "--output="}), ElementsAre(":files"));
  EXPECT_THAT(offered({"report", "latest", "-o", ""}), ElementsAre(":files"));
  EXPECT_THAT(offered({"runs", "--record-dir", ""}), ElementsAre(":folders"));
}

TEST_F(Completion, OffersExecutorsToCompareWithoutStages) {
  EXPECT_THAT(offered({"compare", "w.yaml", "--executor", ""}),
              ElementsAre("serial", "thread", "process", "thread-per-task", "process-per-task", "auto"));
}

TEST_F(Completion, InBashRepliesAsItReplacesWords) {
  EXPECT_THAT(in_bash("ropewalk val"), ElementsAre("validate"));
  EXPECT_THAT(in_bash("ropewalk run w"), ElementsAre("w.yaml"));
  EXPECT_THAT(in_bash("ropewalk run w.yaml --executor ha"), ElementsAre("hash="));
  EXPECT_THAT(in_bash("ropewalk run w.yaml --executor hash=ser"), ElementsAre("serial"))
      << "bash replaces only what is behind '='";
  EXPECT_THAT(in_bash("ropewalk run --color=al"), ElementsAre("always"));
  EXPECT_THAT(in_bash("ropewalk run w.yaml --set into=w"), ElementsAre("w.yaml"));
  EXPECT_THAT(in_bash("ropewalk map sim.sl"), ElementsAre("sim.sleep"));
}

bool installed(const std::string& shell) {
  return std::system(("command -v " + shell + " >/dev/null 2>&1").c_str()) == 0;
}

TEST_F(Completion, ScriptsAreValidInTheirShells) {
  const std::map<std::string, std::string> hooks{{"bash", "\ncomplete -F _ropewalk ropewalk\n"},
                                                 {"zsh", "#compdef ropewalk\n"},
                                                 {"fish", "\ncomplete -c ropewalk -f -a '(__ropewalk_complete)'\n"}};
  for (const auto& [shell, hook] : hooks) {
    const ProgramEnd script = ropewalk({"completion", shell});
    EXPECT_EQ(script.exit_code, 0) << shell;
    EXPECT_THAT(script.out, AllOf(testing::HasSubstr(hook), testing::HasSubstr(" __complete "))) << shell;
    if (!installed(shell)) continue;
    Program check({"/bin/sh", "-c", shell + " -n \"$1\"", "sh", folder.file("script." + shell, script.out)});
    const ProgramEnd ended = check.wait();
    EXPECT_EQ(ended.exit_code, 0) << shell << ended.err;
    EXPECT_EQ(ended.err, "") << shell;
  }
}

TEST_F(Completion, AnUnknownShellIsACommandLineError) {
  const ProgramEnd ended = ropewalk({"completion", "bsh"});
  EXPECT_EQ(ended.exit_code, 2);
  EXPECT_THAT(ended.err, testing::HasSubstr(
                             "there is no completion for 'bsh', only for bash, zsh and fish; did you mean 'bash'?\n"));
}

}  // namespace
}  // namespace ropewalk::test
