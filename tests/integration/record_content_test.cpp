// What a record holds: one run that has everything, and each part of it read back.

#include "program.hpp"

#include <ropewalk/record.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <memory>
#include <stdexcept>

#include <sys/utsname.h>
#include <unistd.h>

namespace ropewalk::test {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

namespace fs = std::filesystem;

constexpr const char* kIncluded =
    "ropewalk: 1\nstages:\n  - {name: first, task: sim.echo, foreach: [0, 1], with: {value: '${{ item + 10 }}'}}\n";
constexpr const char* kMain = R"(ropewalk: 1
name: everything
include: [more.yaml]
params: {greeting: hello, token: {type: text, secret: true}}
stages:
  - {name: talk, task: parrot.repeat, executor: process, needs: [], retries: 1, timeout: 60s, on_error: ignore, limits: {memory: 500MB}, foreach: [{text: good, how: result}, {text: bad, how: error}], with: {text: "${{ item.text }}", how: "${{ item.how }}"}}
  - {name: crash, task: parrot.repeat, executor: process, needs: [], on_error: ignore, with: {text: boom, how: crash}}
  - {name: command, task: shell.run, executor: process, needs: [first], on_error: ignore, env: {LEVEL: "3", TOKEN: "${{ params.token }}"}, with: {argv: [sh, -c, "echo to out; echo to err >&2; exit 3"]}}
)";

/// One run that every test of this file reads.
struct RecordContent : testing::Test {
  static void SetUpTestSuite() {
    folder = std::make_unique<Folder>();
    folder->file("more.yaml", kIncluded);
    folder->file("main.yaml", kMain);
    const ProgramEnd ended = test::ropewalk(
        {"run", "main.yaml", "-q", "--set", "token=correcthorse", "--plugins", ROPEWALK_BUILD "/tests/hostile_plugins"},
        recording_in(*folder));
    ASSERT_EQ(ended.exit_code, 0) << ended.err;
    const fs::path runs = folder->path(".ropewalk/runs");
    auto opened = open_record(fs::directory_iterator(runs)->path());
    ASSERT_TRUE(opened);
    record = std::move(*opened);
  }
  static void TearDownTestSuite() {
    record.reset();
    folder.reset();
  }
  static const RecordedStage& stage(std::string_view name) {
    for (const RecordedStage& each : record->stages())
      if (each.name == name) return each;
    throw std::runtime_error("no such stage");
  }
  static RecordedTask task(std::string_view name, std::uint64_t index) {
    return *record->task(stage(name).number, index);
  }
  static std::unique_ptr<Folder> folder;
  static std::unique_ptr<Record> record;
};
std::unique_ptr<Folder> RecordContent::folder;
std::unique_ptr<Record> RecordContent::record;

TEST_F(RecordContent, HasTheTextOfTheWorkflowAndOfItsIncludes) {
  const auto sources = record->sources();
  ASSERT_TRUE(sources);
  ASSERT_EQ(sources->size(), 2u);
  EXPECT_EQ((*sources)[0].path, "main.yaml");
  EXPECT_EQ((*sources)[0].text, kMain);
  EXPECT_THAT((*sources)[1].path, HasSubstr("more.yaml"));
  EXPECT_EQ((*sources)[1].text, kIncluded);
}

TEST_F(RecordContent, HasParamsButNoSecret) {
  const auto params = record->params();
  ASSERT_TRUE(params);
  ASSERT_EQ(params->size(), 2u);
  EXPECT_EQ((*params)[0].name, "greeting");
  EXPECT_EQ((*params)[0].value, "\"hello\"");
  EXPECT_EQ((*params)[1].name, "token");
  EXPECT_EQ((*params)[1].value, "");
  EXPECT_TRUE((*params)[1].secret);
}

TEST_F(RecordContent, HasThePlanWithItsRulesAndTheEnvironmentThatWasAskedFor) {
  EXPECT_EQ(stage("talk").executor, "process");
  for (const char* key :
       {R"("on_error": "\"ignore\"")", R"("retries": "\"1\"")", R"("timeout": "\"60s\"")", R"("limits": ")"})
    EXPECT_THAT(stage("talk").definition, HasSubstr(key));
  EXPECT_THAT(stage("command").needs, ElementsAre(stage("first").number));
  EXPECT_EQ(stage("command").environment, R"({"LEVEL": "3", "TOKEN": "***"})");
  EXPECT_EQ(stage("first").environment, "");
}

TEST_F(RecordContent, HasTheIdentityOfEachPlugin) {
  const RecordedStage& talk = stage("talk");
  EXPECT_EQ(talk.plugin, "parrot");
  EXPECT_EQ(talk.plugin_version, "1.0.0");
  EXPECT_EQ(fs::path(talk.plugin_path).filename(), "parrot.so");
  EXPECT_NE(talk.plugin_identity, "");
  EXPECT_NE(talk.plugin_identity, stage("command").plugin_identity);
}

TEST_F(RecordContent, HasTheMachineItsKernelTheVersionAndTheDirectory) {
  ASSERT_EQ(record->run().sessions.size(), 1u);
  const RecordedSession& session = record->run().sessions.front();
  utsname about{};
  ::uname(&about);
  EXPECT_THAT(session.machine, AllOf(HasSubstr(about.nodename), HasSubstr(about.release), HasSubstr(about.machine)));
  EXPECT_EQ(session.boot_id, lines_of(read_file("/proc/sys/kernel/random/boot_id")).front());
  EXPECT_THAT(test::ropewalk({"--version"}).out, HasSubstr(session.version));
  EXPECT_EQ(session.directory, fs::canonical(folder->path()));
  EXPECT_EQ(session.outcome, Outcome::succeeded);
}

TEST_F(RecordContent, HasEachAttemptWithItsOutcomeMessageTimesHostAndWorker) {
  const RecordedTask bad = task("talk", 1);
  ASSERT_EQ(bad.attempts.size(), 2u);
  for (std::uint32_t attempt : {1u, 2u}) {
    const RecordedAttempt& each = bad.attempts[attempt - 1];
    EXPECT_EQ(each.attempt, attempt);
    EXPECT_EQ(each.index, 1u);
    EXPECT_EQ(each.outcome, Outcome::failed);
    EXPECT_EQ(each.last, attempt == 2);
    EXPECT_EQ(each.message, "cannot repeat bad");
    EXPECT_EQ(each.item, R"({"how": "error", "text": "bad"})");
    EXPECT_EQ(each.result, "");
    EXPECT_GT(each.started_ns, 0);
    EXPECT_GE(each.queued_ns, 0);
    EXPECT_GT(each.run_ns, 0);
    EXPECT_GT(each.host, 0);
    EXPECT_TRUE(each.key);
  }
  const RecordedTask command = task("command", 0);
  ASSERT_EQ(command.attempts.size(), 1u);
  EXPECT_GT(command.attempts[0].cpu_ns, 0) << "a shell takes CPU time";
}

TEST_F(RecordContent, HasTheSignalAndTheEvidenceOfACrash) {
  const RecordedTask crash = task("crash", 0);
  ASSERT_EQ(crash.attempts.size(), 1u);
  EXPECT_EQ(crash.attempts[0].outcome, Outcome::crashed);
  EXPECT_EQ(crash.attempts[0].detail, SIGSEGV);
  EXPECT_THAT(crash.attempts[0].evidence, HasSubstr("wrote to address 0x0"));
}

TEST_F(RecordContent, HasTheKeyTheItemAndTheResultOfEachTask) {
  const RecordedTask first = task("first", 1), other = task("first", 0);
  ASSERT_EQ(first.attempts.size(), 1u);
  EXPECT_EQ(first.attempts[0].item, "1");
  EXPECT_EQ(first.attempts[0].result, R"({"value": 11})");
  ASSERT_TRUE(first.attempts[0].key && other.attempts.at(0).key);
  EXPECT_NE(*first.attempts[0].key, *other.attempts[0].key) << "other parameters have another key";
}

TEST_F(RecordContent, HasTheLogLinesOfEachAttempt) {
  const RecordedTask bad = task("talk", 1);
  ASSERT_EQ(bad.lines.size(), 8u) << "four levels, two attempts";
  for (std::size_t i = 0; i < 8; ++i) {
    EXPECT_EQ(bad.lines[i].text, "heard bad");
    EXPECT_EQ(bad.lines[i].level, static_cast<LogLevel>(i % 4));
    EXPECT_EQ(bad.lines[i].attempt, i / 4 + 1);
  }
}

TEST_F(RecordContent, HasTheOutputOfATask) {
  std::string printed, out, err;
  for (const auto& [attempt, output] : task("talk", 1).outputs)
    if (attempt == 2 && output.stream == OutputStream::process) printed += output.head + output.tail;
  for (const auto& [attempt, output] : task("command", 0).outputs)
    (output.stream == OutputStream::out ? out : err) += output.head + output.tail;
  EXPECT_THAT(printed, AllOf(HasSubstr("out bad\n"), HasSubstr("err bad\n")));
  EXPECT_EQ(out, "to out\n");
  EXPECT_EQ(err, "to err\n");
}

}  // namespace
}  // namespace ropewalk::test
