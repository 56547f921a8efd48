// Records away from where they were written: copied, on read-only media, of another user, in great numbers, and with
// names that are no UTF-8. And the lines and completions with which a person goes on.

#include "program.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <unistd.h>

namespace ropewalk::test {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsSupersetOf;
using testing::StartsWith;

namespace fs = std::filesystem;

constexpr const char* kFailing = R"(ropewalk: 1
name: failing
stages: [{name: s, task: shell.run, foreach: [a, b], with: {argv: [sh, -c, "echo $1; test $1 != b", sh, "${{ item }}"]}}]
)";

struct RecordElsewhere : testing::Test {
  RecordElsewhere() { folder.file("w.yaml", kFailing); }
  ProgramEnd ropewalk(std::vector<std::string> words) const {
    return test::ropewalk(std::move(words), recording_in(folder));
  }
  std::string said(std::vector<std::string> words) const {
    const ProgramEnd ended = ropewalk(std::move(words));
    EXPECT_EQ(ended.exit_code, 0) << ended.err;
    return ended.out;
  }
  fs::path only_run() const { return fs::directory_iterator(folder.path(".ropewalk/runs"))->path(); }
  /// What a shell does with this line, in the folder.
  ProgramEnd in_bash(const std::string& line) const {
    const std::string program = ropewalk_words({}).front();
    ProgramOptions there = recording_in(folder);
    there.environment.emplace_back("PATH", fs::path(program).parent_path().string() + ":/usr/bin:/bin");
    return Program({"/bin/bash", "--norc", "-c", line}, there).wait();
  }
  const Folder folder;
};

TEST_F(RecordElsewhere, ACopyOfTheFolderHasEverything) {
  ropewalk({"run", "w.yaml", "-q"});
  const std::string there = said({"show", "latest", "--results", "-"});
  const Folder other;
  fs::copy(only_run(), other.path("copy"), fs::copy_options::recursive);
  fs::remove_all(folder.path(".ropewalk"));
  fs::remove(folder.path("w.yaml"));
  EXPECT_EQ(said({"show", other.path("copy"), "--results", "-"}), there);
  EXPECT_THAT(said({"why", other.path("copy"), "s/1"}), HasSubstr("argv: [\"sh\", \"-c\", "))
      << "the text of the workflow is in the record";
  EXPECT_EQ(ropewalk({"repro", other.path("copy"), "s/1", "-q"}).exit_code, 1);
}

TEST_F(RecordElsewhere, ReadOnlyMediaAreRead) {
  ropewalk({"run", "w.yaml", "-q"});
  const std::string mounted = folder.path("media");
  fs::create_directory(mounted);
  // In a mount namespace of its own.
  const std::string mount = "mount --bind .ropewalk media && mount -o remount,ro,bind media && ";
  const ProgramEnd ended =
      in_bash("unshare -rm bash -c '" + mount +
              "! touch media/x 2>/dev/null && ropewalk runs --record-dir media && "
              "ropewalk show latest --record-dir media && ropewalk why latest s/1 --record-dir media'");
  if (ended.err.find("unshare") != std::string::npos || ended.err.find("mount:") != std::string::npos)
    GTEST_SKIP() << ended.err;
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_THAT(ended.out, HasSubstr("failed: 1 of 2 tasks succeeded"));
}

/// Task 1 waits for a file, and has a large result.
constexpr const char* kLarge = R"(ropewalk: 1
name: large
stages:
  - {name: s, task: shell.run, executor: process, workers: 1, foreach: [a, b], with: {argv: [sh, -c, "test $1 = a || { : > begun; until test -e go; do sleep 0.02; done; printf %050000d 7; }", sh, "${{ item }}"]}}
)";

TEST_F(RecordElsewhere, R04_RecordsThatBecomeReadOnlyDuringTheRunEndItWith74AndItIsResumedOnceTheyAreNot) {
  folder.file("large.yaml", kLarge);
  fs::create_directory(folder.path("media"));
  // In a mount namespace of its own. The kernel refuses to change the mount that the run writes to.
  folder.file("script", R"(
mount -t tmpfs none media || exit 99
ropewalk run large.yaml -q --record-dir media/records & run=$!
until test -e begun; do sleep 0.02; done
mount -o remount,ro media 2>/dev/null && echo "changed below the run"
mount --bind media media && mount -o remount,ro,bind media || exit 99
: > go
wait $run
echo "run: $?"
umount media
ropewalk show latest --record-dir media/records
ropewalk resume --record-dir media/records
echo "resume: $?"
)");
  ProgramOptions there = recording_in(folder);
  there.environment.emplace_back("ROPEWALK_DURABILITY", "task");
  there.environment.emplace_back(
      "PATH", fs::path(ropewalk_words({}).front()).parent_path().string() + ":/usr/sbin:/usr/bin:/bin");
  const ProgramEnd ended = Program({"/usr/bin/unshare", "-rm", "/bin/bash", "script"}, there).wait();
  if (ended.exit_code == 99 || ended.err.find("unshare") != std::string::npos) GTEST_SKIP() << ended.err;
  EXPECT_THAT(ended.out, HasSubstr("run: 74\n")) << ended.err;
  EXPECT_THAT(ended.out, testing::Not(HasSubstr("changed below the run")));
  EXPECT_THAT(ended.err, AllOf(HasSubstr("error[R306]"), HasSubstr("Read-only file system"),
                               HasSubstr("--record-dir DIR names the folder of records")));
  EXPECT_THAT(ended.err, HasSubstr("stage 's': 1 of 2 tasks kept; 1 runs because it had not ended\n"));
  EXPECT_THAT(ended.out, HasSubstr("resume: 0\n")) << ended.err;
}

TEST_F(RecordElsewhere, AnotherUserReadsWhatThePermissionsAllow) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can become another user";
  ropewalk({"run", "w.yaml", "-q"});
  fs::permissions(folder.path(), fs::perms::owner_all | fs::perms::others_exec | fs::perms::others_read);
  const auto as_nobody = [&](const std::string& command) {
    return in_bash("setpriv --reuid 65534 --regid 65534 --clear-groups " + command);
  };
  if (as_nobody("ropewalk --version").exit_code != 0) GTEST_SKIP() << "nobody cannot start the program here";
  fs::permissions(folder.path(".ropewalk"), fs::perms::owner_all);
  const ProgramEnd closed = as_nobody("ropewalk show latest");
  EXPECT_EQ(closed.exit_code, 2);
  EXPECT_THAT(closed.err, AllOf(HasSubstr("error[R301]"), HasSubstr("Permission denied")));
  for (const fs::path& each : {fs::path(folder.path(".ropewalk")), fs::path(folder.path(".ropewalk/runs")), only_run()})
    fs::permissions(each, fs::perms::others_exec | fs::perms::others_read, fs::perm_options::add);
  fs::permissions(only_run() / "run.db", fs::perms::others_read, fs::perm_options::add);
  const ProgramEnd open = as_nobody("ropewalk show latest");
  EXPECT_EQ(open.exit_code, 0) << open.err;
  EXPECT_THAT(open.out, HasSubstr("failed: 1 of 2 tasks succeeded"));
}

TEST_F(RecordElsewhere, PathsAndItemsThatAreNotUtf8AreRecordedAndShown) {
  const std::string name = "w\xff.yaml";
  std::ofstream(folder.path(name)) << "ropewalk: 1\nname: bytes\nstages: [{name: s, task: shell.run, on_error: ignore, "
                                      "foreach: {glob: 'd/*'}, with: {argv: [sh, -c, 'test -e \"$1\" && exit 3', sh, "
                                      "\"${{ item }}\"]}}]\n";
  fs::create_directory(folder.path("d"));
  std::ofstream(folder.path("d/\xfe\x01name")) << "x";
  const ProgramEnd ran = ropewalk({"run", name, "--record-dir", "r\xff's"});
  EXPECT_EQ(ran.exit_code, 0) << ran.err;
  EXPECT_THAT(ran.err, HasSubstr("'sh' exited with code 3"));
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
           {"runs"}, {"runs", "--json"}, {"show", "latest"}, {"why", "latest", "s/0"}}) {
    std::vector<std::string> whole = words;
    whole.insert(whole.end(), {"--record-dir", "r\xff's"});
    const std::string text = said(whole);
    EXPECT_EQ(text.find('\xff'), text.npos) << words[0];
    EXPECT_EQ(text.find('\xfe'), text.npos) << words[0];
    if (words.size() == 2 && words[1] == "--json") {
      EXPECT_TRUE(nlohmann::json::accept(text)) << text;
    }
  }
  EXPECT_THAT(ropewalk({"repro", "latest", "s/0", "--record-dir", "r\xff's"}).err, HasSubstr("exited with code 3"));
}

TEST_F(RecordElsewhere, AWorkflowFromStandardInputIsInTheRecord) {
  ProgramOptions there = recording_in(folder);
  there.standard_input = kFailing;
  test::ropewalk({"run", "-", "-q"}, there);
  EXPECT_THAT(said({"show", "latest"}), StartsWith("run "));
  EXPECT_THAT(said({"why", "latest", "s/1"}), HasSubstr("argv: [\"sh\", \"-c\", "));
  EXPECT_THAT(ropewalk({"repro", "latest", "s/1"}).err, HasSubstr("      | b\n"));
}

TEST_F(RecordElsewhere, ARecordedMapIsExplainedRepeatedAndResumed) {
  ropewalk(
      {"map", "shell.run", "--record", "--range", "3", "--", "sh", "-c", "test -e mended || test $1 != 1", "sh", "{}"});
  EXPECT_THAT(said({"why", "latest", "map/1"}), StartsWith("map/1 of run "));
  EXPECT_EQ(ropewalk({"repro", "latest", "map/1", "-q"}).exit_code, 1);
  folder.file("mended", "");
  const ProgramEnd ended = ropewalk({"resume"});
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("stage 'map': 2 of 3 tasks kept"));
}

TEST_F(RecordElsewhere, AResumeNeverTakesAHiddenSecretForItsValue) {
  ProgramOptions there = recording_in(folder);
  there.standard_input =
      "ropewalk: 1\nparams: {key: {type: text, secret: true, default: opensesame}}\nstages: [{name: s, task: "
      "shell.run, with: {argv: [\"false\", \"${{ params.key }}\"]}}]\n";
  test::ropewalk({"run", "-", "-q"}, there);
  const ProgramEnd ended = ropewalk({"resume"});
  EXPECT_EQ(ended.exit_code, 2);
  EXPECT_THAT(ended.err, HasSubstr("error[C119]: the workflow came from standard input, and its text is recorded "
                                   "without its secrets"));
}

TEST_F(RecordElsewhere, AThousandRunsAreListedInTheirOrder) {
  ropewalk({"run", "w.yaml", "-q"});
  const std::string file = only_run() / "run.db";
  for (int i = 0; i < 1000; ++i) {
    char id[64];
    std::snprintf(id, sizeof id, "20200101-%06d-quiet-otter", i);
    fs::create_directory(folder.path(".ropewalk/runs/" + std::string(id)));
    fs::create_hard_link(file, folder.path(".ropewalk/runs/" + std::string(id) + "/run.db"));
  }
  EXPECT_EQ(lines_of(said({"runs"})).size(), 1002u);
  EXPECT_THAT(said({"clean", "--dry-run"}), EndsWith("; 20 runs left\n"));
  EXPECT_THAT(ropewalk({"show", "20200101-0009"}).err, HasSubstr("error[C117]: 100 runs begin with '20200101-0009'"));
}

TEST_F(RecordElsewhere, LatestIsTheNewestOfSeveralRunsThatBeginInOneSecond) {
  for (int i = 0; i < 12; ++i) {
    folder.file("w.yaml", "ropewalk: 1\nname: w" + std::to_string(i) + "\nstages: [{name: s, task: sim.noop}]\n");
    ropewalk({"run", "w.yaml", "-q"});
    EXPECT_THAT(said({"show", "latest"}), HasSubstr(" of w" + std::to_string(i) + " "));
  }
  int expected = 11;
  const auto listed = nlohmann::json::parse(said({"runs", "--json"}));
  for (const auto& run : listed["runs"]) EXPECT_EQ(run["workflow"], "w" + std::to_string(expected--));
}

// --- how a person goes on ---

TEST_F(RecordElsewhere, TheLinesAfterAFailedRunWorkAsTheyStand) {
  fs::create_directory(folder.path("my plugins"));
  const std::string secret = folder.file("its key", "opensesame");
  folder.file("s.yaml", R"(ropewalk: 1
params: {key: {type: text, secret: true}}
stages:
  - {name: s, task: shell.run, foreach: [a, b], with: {argv: [sh, -c, "test -e mended || test $1 != b", sh, "${{ item }}", "${{ params.key }}"]}}
)");
  const ProgramEnd ended = ropewalk(
      {"run", "s.yaml", "--record-dir", "it's $HOME", "--plugins", "my plugins", "--set-file", "key=" + secret});
  EXPECT_EQ(ended.exit_code, 1);
  std::vector<std::string> lines = lines_of(ended.err);
  ASSERT_GE(lines.size(), 2u);
  const std::string why = lines[lines.size() - 2], resume = lines.back();
  EXPECT_THAT(why, AllOf(StartsWith("  ropewalk why "), HasSubstr("--record-dir 'it'\\''s $HOME'")));
  EXPECT_THAT(resume,
              AllOf(StartsWith("  ropewalk resume "), HasSubstr(" --set-file 'key="), HasSubstr("my plugins'")));
  const ProgramEnd told = in_bash(why);
  EXPECT_EQ(told.exit_code, 0) << told.err;
  EXPECT_THAT(told.out, StartsWith("s/1 (b) of run "));
  folder.file("mended", "");
  const ProgramEnd resumed = in_bash(resume);
  EXPECT_EQ(resumed.exit_code, 0) << resumed.err;
  EXPECT_THAT(resumed.err, HasSubstr("succeeded: 2 of 2 tasks succeeded"));
}

TEST_F(RecordElsewhere, BashCompletesRunsAndTheirTasks) {
  ropewalk({"run", "w.yaml", "-q"});
  const std::string id = only_run().filename(), name = id.substr(16);
  const auto offered = [&](const std::string& line) {
    const ProgramEnd ended = in_bash("source <(ropewalk completion bash) && COMP_LINE='" + line +
                                     "' COMP_POINT=" + std::to_string(line.size()) +
                                     " && _ropewalk ropewalk && printf '%s\\n' \"${COMPREPLY[@]}\"");
    EXPECT_EQ(ended.exit_code, 0) << ended.err;
    return lines_of(ended.out);
  };
  for (const char* command : {"show", "trace", "report"})
    EXPECT_THAT(offered("ropewalk " + std::string(command) + " "), ElementsAre("latest", name)) << command;
  EXPECT_THAT(offered("ropewalk why " + name.substr(0, 3)), ElementsAre(name));
  EXPECT_THAT(offered("ropewalk why latest "), ElementsAre("s/1"));
  EXPECT_THAT(offered("ropewalk repro latest s"), ElementsAre("s/1"));
  EXPECT_THAT(offered("ropewalk repro latest s/1 --g"), ElementsAre("--gdb"));
  EXPECT_THAT(offered("ropewalk cl"), ElementsAre("clean"));
  EXPECT_THAT(offered("ropewalk clean --"), IsSupersetOf({"--keep", "--older", "--max-size", "--dry-run"}));
}

TEST_F(RecordElsewhere, OptionsThatContradictEachOtherAreErrors) {
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{"run", "w.yaml", "--record", "--no-record"},
                                             {"run", "w.yaml", "--no-record", "--record-dir", "r"},
                                             {"map", "sim.noop", "--record", "--no-record"},
                                             {"show", "latest", "--json", "--failures"},
                                             {"show", "latest", "--results", "-", "--output", "s/0"}}) {
    const ProgramEnd ended = ropewalk(words);
    EXPECT_EQ(ended.exit_code, 2) << words.back();
    EXPECT_THAT(ended.err, HasSubstr("error[C104]")) << words.back();
  }
  EXPECT_FALSE(fs::exists(folder.path(".ropewalk")));
}

}  // namespace
}  // namespace ropewalk::test
