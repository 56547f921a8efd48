// `report` and `run --report`: the file of runs in every state, its replacement, and the errors. tests/browser opens
// such files in a browser.

#include "program.hpp"

#include "support/page_data.hpp"
#include "support/patience.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <regex>
#include <string>
#include <utility>
#include <vector>

namespace ropewalk::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

namespace fs = std::filesystem;

constexpr const char* kReported = R"(ropewalk: 1
name: mixed
params: {greeting: hello}
stages:
  - {name: greet, task: shell.run, executor: process, foreach: [a, b, c], with: {argv: [sh, -c, 'echo "$1 $2"; echo careful >&2; test $2 != b || test -e mended', sh, "${{ params.greeting }}", "${{ item }}"]}}
  - {name: double, task: sim.echo, needs: [greet], after: any, foreach: {range: 4}, with: {value: "${{ item * 2 }}"}}
)";

/// The first task ends, and the second one waits until it is killed.
constexpr const char* kHangs = R"(ropewalk: 1
name: waits
stages:
  - {name: wait, task: shell.run, executor: process, workers: 1, foreach: {range: 2}, with: {argv: [sh, -c, 'echo $1 >> begun; test $1 = 0 || exec sleep 1000', sh, "${{ text(item) }}"]}}
)";

struct Report : testing::Test {
  ProgramEnd ropewalk(std::vector<std::string> words) const {
    return test::ropewalk(std::move(words), recording_in(folder));
  }
  void run(const std::string& text, std::vector<std::string> words = {}) const {
    words.insert(words.begin(), {"run", folder.file("workflow.yaml", text), "-q"});
    const ProgramEnd ended = ropewalk(std::move(words));
    ASSERT_THAT(ended.exit_code, testing::AnyOf(0, 1, 5)) << ended.err;
  }
  /// What the page of these runs says.
  nlohmann::json page(std::vector<std::string> runs = {"latest"}) const {
    runs.insert(runs.begin(), "report");
    runs.insert(runs.end(), {"-o", "page.html"});
    const ProgramEnd ended = ropewalk(std::move(runs));
    EXPECT_EQ(ended.exit_code, 0) << ended.err;
    EXPECT_EQ(ended.err, "wrote page.html\n");
    return page_data(read_file(folder.path("page.html")));
  }
  std::vector<std::string> files() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder.path())) names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
  }
  const Folder folder;
};

TEST_F(Report, OfAFinishedRunIsNamedLikeTheRunAndSaysSo) {
  run(kReported);
  const ProgramEnd ended = ropewalk({"report", "latest"});
  EXPECT_EQ(ended.exit_code, 0);
  EXPECT_EQ(ended.out, "");
  std::smatch wrote;
  ASSERT_TRUE(std::regex_match(ended.err, wrote, std::regex("wrote ([a-z]+-[a-z]+)\\.html\n"))) << ended.err;
  const auto data = page_data(read_file(folder.path(wrote[1].str() + ".html")));
  EXPECT_EQ(data["runs"][0]["name"], wrote[1].str());
  EXPECT_EQ(data["runs"][0]["state"], "failed");
}

TEST_F(Report, HasStagesFailuresOutputsParametersAndTheCommandLine) {
  run(kReported, {"--set", "greeting=good day"});
  const auto made = page()["runs"][0];
  ASSERT_EQ(made["stages"].size(), 2u);
  EXPECT_EQ(made["stages"][0]["tasks"], 3);
  EXPECT_EQ(made["stages"][0]["failed"], 1);
  EXPECT_EQ(made["stages"][1]["needs"], nlohmann::json::array({0}));
  EXPECT_EQ(made["stages"][1]["items"], "index");
  EXPECT_EQ(made["attempts"], 7);
  EXPECT_EQ(made["params"][0]["value"], "\"good day\"");
  EXPECT_GT(made["sessions"][0]["cores"], 0);
  const auto words = made["sessions"][0]["command"].get<std::vector<std::string>>();
  ASSERT_EQ(words.size(), 6u);
  EXPECT_EQ(words[5], "greeting=good day");
  const auto failed = made["tasks"][1];
  EXPECT_EQ(failed["failed"], true);
  EXPECT_EQ(failed["item"], "b");
  EXPECT_THAT(failed["attempts"][0]["message"].get<std::string>(), HasSubstr("exited with code 1"));
  EXPECT_EQ(failed["attempts"][0]["output"][0]["head"], "good day b\n");
  EXPECT_EQ(failed["attempts"][0]["output"][1]["head"], "careful\n");
}

TEST_F(Report, OfOneRecordHasTheSameBytesEveryTimeAndOnStandardOutput) {
  run(kReported);
  page();
  const std::string first = read_file(folder.path("page.html"));
  page();
  EXPECT_EQ(read_file(folder.path("page.html")), first);
  EXPECT_EQ(ropewalk({"report", "latest", "-o", "-"}).out, first);
}

TEST_F(Report, OfTheRunItselfHasTheBytesOfTheReportOfItsRecord) {
  run(kReported, {"--report", "live.html"});
  page();
  EXPECT_EQ(read_file(folder.path("live.html")), read_file(folder.path("page.html")));
}

TEST_F(Report, E01_OfARunThatIsGoingOnAndThenIsKilledSaysSo) {
  folder.file("waits.yaml", kHangs);
  Program program(ropewalk_words({"run", "waits.yaml"}), recording_in(folder));
  ASSERT_TRUE(eventually([&] { return read_file(folder.path("begun")).ends_with("1\n"); }));
  ASSERT_TRUE(eventually([&] {
    return ropewalk({"show", "latest"}).out.find("running: 1 task succeeded so far\n") != std::string::npos;
  }));
  const auto going = page()["runs"][0];
  EXPECT_EQ(going["state"], "running");
  EXPECT_EQ(going["stages"][0]["outcome"], "running");
  EXPECT_EQ(going["attempts"], 1);
  program.signal(SIGKILL);
  program.wait();
  ASSERT_TRUE(eventually([&] { return ropewalk({"runs"}).out.find(" killed ") != std::string::npos; }));
  const auto killed = page()["runs"][0];
  EXPECT_EQ(killed["state"], "killed");
  EXPECT_EQ(killed["sessions"][0]["state"], "killed");
  EXPECT_EQ(killed["attempts"], 1);
  EXPECT_GT(killed["wall_ns"], 0);
  const std::string metrics = ropewalk({"show", "latest", "--metrics", "-"}).out;
  std::smatch lasted;
  ASSERT_TRUE(std::regex_search(metrics, lasted, std::regex(R"(\nropewalk_run_duration_seconds\{[^}]*\} (\S+)\n)")));
  EXPECT_NEAR(std::stod(lasted[1]), killed["wall_ns"].get<double>() / 1e9, 1e-9) << metrics;
}

/// Item 0 waits until it is killed, which no test waits for.
constexpr const char* kStands = R"(ropewalk: 1
name: stands
stages:
  - {name: stand, task: shell.run, executor: process, workers: 1, foreach: [long], with: {argv: [sh, -c, 'echo $1 >> begun; exec sleep 1000', sh, "${{ item }}"]}}
)";

TEST_F(Report, OfARunThatGoesOnNamesWhatRunsAndForHowLong) {
  folder.file("stands.yaml", kStands);
  Program program(ropewalk_words({"run", "stands.yaml"}), recording_in(folder));
  ASSERT_TRUE(eventually([&] { return read_file(folder.path("begun")).ends_with("\n"); }));
  nlohmann::json going;
  ASSERT_TRUE(eventually([&] {
    going = page_data(ropewalk({"report", "latest", "-o", "-"}).out);
    return !going.is_null() && !going["runs"][0]["running"].empty();
  }));
  const auto running = going["runs"][0]["running"][0];
  EXPECT_EQ(running["index"], 0);
  EXPECT_EQ(running["attempt"], 1);
  EXPECT_EQ(running["item"], "long");
  EXPECT_GE(running["age_ns"], 1'000'000'000);
  EXPECT_EQ(running["age_ns"],
            going["runs"][0]["known_ns"].get<std::int64_t>() - running["start_ns"].get<std::int64_t>());
  EXPECT_GT(running["host"], 0);
  program.signal(SIGKILL);
  program.wait();
  ASSERT_TRUE(eventually([&] { return ropewalk({"runs"}).out.find(" killed ") != std::string::npos; }));
  const auto killed = page()["runs"][0];
  ASSERT_EQ(killed["running"].size(), 1u) << "what ran when it was killed";
  EXPECT_LE(killed["running"][0]["age_ns"], killed["known_ns"]);
}

TEST_F(Report, OfARunWithoutTasksIsWritten) {
  run("ropewalk: 1\nstages: [{name: e, task: sim.noop, foreach: {range: 0}}]\n");
  const auto made = page()["runs"][0];
  EXPECT_EQ(made["attempts"], 0);
  EXPECT_EQ(made["lanes"], 0);
  EXPECT_EQ(made["stages"][0]["tasks"], 0);
}

TEST_F(Report, OfAResumedRunHasItsSessionsAndWhatWasKept) {
  run(kReported);
  folder.file("mended", "");
  ASSERT_EQ(ropewalk({"resume", "-q", "--report", "resumed.html"}).exit_code, 0);
  const auto made = page_data(read_file(folder.path("resumed.html")))["runs"][0];
  EXPECT_EQ(made["state"], "succeeded");
  ASSERT_EQ(made["sessions"].size(), 2u);
  EXPECT_EQ(made["sessions"][1]["offset_ns"], made["sessions"][0]["wall_ns"]);
  EXPECT_EQ(made["stages"][0]["kept"], 2);
  EXPECT_EQ(made["sessions"][1]["ended"].get<int>() + made["sessions"][1]["kept"].get<int>(), 7);
  EXPECT_FALSE(made["sessions"][0].contains("resumed"));
  EXPECT_EQ(made["sessions"][1]["resumed"],
            nlohmann::json({"stage 'greet': 2 of 3 tasks kept; 1 runs because it had failed",
                            "stage 'double': 4 of 4 tasks kept"}));
}

TEST_F(Report, ShowAndThePageSayWhyEachResumeRanTasksAgain) {
  run(kReported);
  const std::string first = ropewalk({"show", "latest"}).out;
  EXPECT_THAT(first, Not(HasSubstr("resume: ")));
  ropewalk({"resume", "-q"});
  EXPECT_THAT(ropewalk({"show", "latest"}).out,
              HasSubstr("\nresume: stage 'greet': 2 of 3 tasks kept; 1 runs because it had failed\n"));
  folder.file("mended", "");
  const ProgramEnd ended = ropewalk({"resume", "--set", "greeting=good <b>day"});
  const std::string why =
      "stage 'greet': 0 of 3 tasks kept; 2 run because param 'greeting' changed (\"hello\" -> "
      "\"good <b>day\"), 1 because it had failed";
  EXPECT_THAT(ended.err, HasSubstr("ropewalk: " + why + "\n"));
  EXPECT_THAT(ropewalk({"show", "latest"}).out,
              AllOf(HasSubstr("\nresume 1: stage 'greet': 2 of 3 tasks kept; 1 runs because it had failed\n"),
                    HasSubstr("\nresume 2: " + why + "\n")));
  const auto sessions = page()["runs"][0]["sessions"];
  ASSERT_EQ(sessions.size(), 3u);
  EXPECT_EQ(sessions[2]["resumed"][0], why);
}

TEST_F(Report, AResumeThatIsKilledHasSaidWhatItsEndedStagesKept) {
  folder.file("two.yaml", R"(ropewalk: 1
name: two
stages:
  - {name: first, task: sim.noop, executor: process, foreach: {range: 5}}
  - {name: second, task: shell.run, executor: process, workers: 1, needs: [first], with: {argv: [sh, -c, 'echo a >> begun; test -e go || exec sleep 1000']}}
)");
  for (const std::string command : {"run", "resume"}) {
    std::filesystem::remove(folder.path("begun"));
    Program program(ropewalk_words({command, command == "run" ? "two.yaml" : "latest"}), recording_in(folder));
    ASSERT_TRUE(eventually([&] { return read_file(folder.path("begun")) == "a\n"; }));
    if (command == "resume")
      ASSERT_TRUE(eventually([&] { return ropewalk({"show", "latest"}).out.find("\nresume: ") != std::string::npos; }));
    else
      ASSERT_TRUE(eventually([&] {
        return ropewalk({"show", "latest"}).out.find("running: 5 tasks succeeded so far\n") != std::string::npos;
      }));
    program.signal(SIGKILL);
    program.wait();
  }
  ASSERT_TRUE(eventually([&] { return ropewalk({"runs"}).out.find(" killed ") != std::string::npos; }));
  EXPECT_EQ(page()["runs"][0]["sessions"][1]["resumed"], nlohmann::json({"stage 'first': 5 of 5 tasks kept"}));
}

TEST_F(Report, OfTwoRunsHasBothAndTheirChanges) {
  run(kReported);
  run(kReported);
  const auto data = page({"latest", "latest"});
  EXPECT_EQ(data["runs"].size(), 2u);
  EXPECT_EQ(data["changes"].size(), 2u);
  EXPECT_EQ(data["changes"][1]["pairs"], 4);
  EXPECT_EQ(ropewalk({"report", "latest", "latest", "latest"}).exit_code, 2);
}

TEST_F(Report, ReplacesAFileOnlyByACompleteOne) {
  run(kReported);
  folder.file("page.html", "old");
  fs::copy(folder.path(".ropewalk"), folder.path("copy"), fs::copy_options::recursive);
  fs::path database;
  for (const auto& entry : fs::recursive_directory_iterator(folder.path("copy")))
    if (entry.path().filename() == "run.db") database = entry.path();
  fs::resize_file(database, fs::file_size(database) / 2);
  const auto before = files();
  const ProgramEnd damaged = ropewalk({"report", database.string(), "-o", "page.html"});
  EXPECT_EQ(damaged.exit_code, 74);
  EXPECT_THAT(damaged.err, HasSubstr("error[R303]"));
  EXPECT_EQ(read_file(folder.path("page.html")), "old");
  EXPECT_EQ(files(), before);
  page();
  EXPECT_THAT(read_file(folder.path("page.html")), HasSubstr("<!DOCTYPE html>"));
  EXPECT_EQ(files(), before);
}

TEST_F(Report, ErrorsAreThoseOfShow) {
  run(kReported);
  for (const char* name : {"nobody", "./workflow.yaml", "no/such/run.db"}) {
    const ProgramEnd shown = ropewalk({"show", name}), reported = ropewalk({"report", name});
    EXPECT_EQ(reported.err, shown.err);
    EXPECT_EQ(reported.exit_code, shown.exit_code);
    EXPECT_NE(reported.exit_code, 0);
  }
  const ProgramEnd unwritable = ropewalk({"report", "latest", "-o", "no/such/folder/page.html"});
  EXPECT_NE(unwritable.exit_code, 0);
  EXPECT_THAT(unwritable.err, HasSubstr("-o: cannot write 'no/such/folder/page.html': No such file or directory"));
  const ProgramEnd full = ropewalk({"report", "latest", "-o", "/dev/full"});
  EXPECT_EQ(full.exit_code, 74);
  EXPECT_THAT(full.err, HasSubstr("cannot write '/dev/full': No space left on device"));
  const auto record = *fs::directory_iterator(folder.path(".ropewalk/runs"));
  const std::string database = (record.path() / "run.db").string(), bytes = read_file(database);
  EXPECT_THAT(ropewalk({"report", "latest", "-o", database}).err, HasSubstr("error[C114]"));
  EXPECT_EQ(read_file(database), bytes);
}

TEST_F(Report, OfARunThatIsNotRecordedIsRefusedBeforeItStarts) {
  folder.file("touch.yaml", "ropewalk: 1\nstages: [{name: t, task: shell.run, with: {argv: [touch, ran]}}]\n");
  const ProgramEnd refused = ropewalk({"run", "touch.yaml", "--no-record", "--report", "page.html"});
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.err, HasSubstr("--report needs the record of the run, and this run is not recorded"));
  EXPECT_THAT(files(), Not(testing::Contains("ran")));
  EXPECT_EQ(ropewalk({"run", "touch.yaml", "--report", "same", "--results", "./same"}).exit_code, 2);
  const ProgramEnd dry = ropewalk({"run", "touch.yaml", "--dry-run", "--report", "page.html"});
  EXPECT_THAT(dry.out, HasSubstr("would write page.html (--report)"));
  EXPECT_THAT(files(), Not(testing::Contains("page.html")));
  EXPECT_EQ(ropewalk({"map", "sim.noop", "--range", "2", "--record", "--report", "map.html"}).exit_code, 0);
  EXPECT_EQ(page_data(read_file(folder.path("map.html")))["runs"][0]["attempts"], 2);
}

TEST_F(Report, HasNoSecret) {
  run("ropewalk: 1\n"
      "params: {token: {type: text, secret: true}, pin: {type: text, secret: true}}\n"
      "stages:\n"
      "  - {name: s, task: shell.run, with: {argv: [sh, -c, 'echo $1; echo $2 >&2; exit 1', sh, "
      "'${{ params.token }}', '${{ params.pin }}']}}\n",
      {"--set", "token=sesame-opens-it", "--set", "pin=q7"});
  const auto data = page();
  const std::string html = read_file(folder.path("page.html"));
  EXPECT_THAT(html, AllOf(Not(HasSubstr("sesame")), Not(HasSubstr("pin=q7")), Not(HasSubstr("\"q7"))));
  const auto words = data["runs"][0]["sessions"][0]["command"].get<std::vector<std::string>>();
  EXPECT_EQ(words[5], "token=***");
  EXPECT_EQ(words[7], "pin=***");
  EXPECT_EQ(data["runs"][0]["params"][0]["secret"], true);
  EXPECT_EQ(data["runs"][0]["tasks"][0]["attempts"][0]["output"][0]["head"], "***\n");
}

}  // namespace
}  // namespace ropewalk::test
