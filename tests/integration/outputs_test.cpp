// --json, --results and --events: contracts for other programs.

#include "program.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace ropewalk::test {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;

std::string three_sleeps(const Folder& folder) {
  return folder.file("sleeps.yaml", R"(
ropewalk: 1
name: sleeps
stages:
  - {name: s, task: sim.sleep, executor: thread, workers: 3, foreach: [0.3, 0.2, 0.1], with: {seconds: "${{ item }}"}}
)");
}

TEST(Outputs, JsonIsOneDocumentOnStdout) {
  const Folder folder;
  const ProgramEnd ended = ropewalk({"run", "--json", three_sleeps(folder)});
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  const json run = json::parse(ended.out);
  EXPECT_EQ(run["schema"], 1);
  EXPECT_EQ(run["ropewalk"], "0.1.0");
  EXPECT_EQ(run["workflow"], "sleeps");
  EXPECT_EQ(run["outcome"], "succeeded");
  EXPECT_EQ(run["failures"], json::array());
  ASSERT_EQ(run["stages"].size(), 1u);
  const json& stage = run["stages"][0];
  EXPECT_EQ(stage["name"], "s");
  EXPECT_EQ(stage["task"], "sim.sleep");
  EXPECT_EQ(stage["executor"], "thread");
  EXPECT_EQ(stage["hosts"], 1);
  EXPECT_EQ(stage["workers"], 3);
  EXPECT_EQ(stage["tasks"], 3);
  EXPECT_EQ(stage["succeeded"], 3);
  EXPECT_EQ(stage["bound"], "io");
  EXPECT_GE(stage["task_s"]["max"], 0.3);
  EXPECT_GE(stage["task_s"]["sum"], 0.6);
  EXPECT_LT(stage["cpu_s"], 0.1);
  EXPECT_FALSE(stage.contains("vs_serial"));
}

TEST(Outputs, TextThatIsNotUtf8IsBase64InResultsAndAnEscapeInMessages) {
  const Folder folder;
  const ProgramEnd ended = ropewalk({"map", "shell.run", "--range", "2", "--results", "-", "-q", "--", "sh", "-c",
                                     R"(printf 'caf\351'; printf 'caf\351' >&2; exit $1)", "sh", "{}"});
  EXPECT_EQ(ended.exit_code, 1) << ended.err;
  const std::vector<std::string> rows = lines_of(ended.out);
  ASSERT_EQ(rows.size(), 2u) << ended.out;
  EXPECT_EQ(json::parse(rows[0])["value"],
            json::parse(R"({"exit_code": 0, "stderr": {"base64": "Y2Fm6Q=="}, "stdout": {"base64": "Y2Fm6Q=="}})"));
  EXPECT_EQ(json::parse(rows[1])["message"], R"('sh' exited with code 1: caf\xe9)");
}

TEST(Outputs, EventsArriveAsTasksComplete) {
  const Folder folder;
  const std::string events = folder.path("events.jsonl");
  // Each task waits for a file. The files appear in reverse order, each once the task before it is known to have ended.
  Program program(ropewalk_words({"run", "--events", events, folder.file("a.yaml", R"(
ropewalk: 1
stages:
  - {name: s, task: shell.run, executor: thread, workers: 3, foreach: [a, b, c],
     with: {argv: [sh, -c, "until test -e $1; do sleep 0.01; done", sh, "${{ item }}"]}}
)")}),
                  {.folder = folder.path()});
  std::size_t done = 0;
  for (const char* name : {"c", "b", "a"}) {
    EXPECT_THAT(read_file(events), Not(HasSubstr("run_finished")));
    folder.file(name, "");
    ++done;
    EXPECT_TRUE(eventually([&] {
      const std::string text = read_file(events);
      std::size_t seen = 0;
      for (std::size_t at = 0; (at = text.find("task_finished", at)) != text.npos; ++at) ++seen;
      return seen == done;
    })) << name;
  }
  EXPECT_EQ(program.wait().exit_code, 0);

  std::vector<std::string> names;
  std::vector<int> finished;
  for (const std::string& line : lines_of(read_file(events))) {
    const json event = json::parse(line);
    names.push_back(event["event"]);
    if (event["event"] == "task_finished") finished.push_back(event["index"]);
  }
  EXPECT_THAT(finished, ElementsAre(2, 1, 0));
  EXPECT_EQ(names.front(), "run_started");
  EXPECT_EQ(names.back(), "run_finished");
  EXPECT_EQ(std::count(names.begin(), names.end(), "task_started"), 3);
}

TEST(Outputs, ResultsAreALineForEachTaskInOrder) {
  const Folder folder;
  const ProgramEnd ended = ropewalk({"run", "--results", "-", three_sleeps(folder)});
  EXPECT_EQ(
      ended.out,
      "{\"stage\": \"s\", \"index\": 0, \"item\": 0.3, \"outcome\": \"succeeded\", \"value\": {\"slept\": 0.3}}\n"
      "{\"stage\": \"s\", \"index\": 1, \"item\": 0.2, \"outcome\": \"succeeded\", \"value\": {\"slept\": 0.2}}\n"
      "{\"stage\": \"s\", \"index\": 2, \"item\": 0.1, \"outcome\": \"succeeded\", \"value\": {\"slept\": 0.1}}\n");
}

TEST(Outputs, FailuresNameTheirItemEverywhere) {
  const Folder folder;
  folder.file("names", "photos/IMG_0012.jpg\ncaf\xe9\n" + std::string(5000, 'x') + "\n");
  const std::string file = folder.file("w.yaml", R"(
ropewalk: 1
name: w
stages:
  - {name: convert, task: sim.fail, needs: [], foreach: {lines: names}, with: {how: error}}
  - {name: sweep, task: sim.fail, needs: [], foreach: {matrix: {model: [ideal], pressure: [0.5]}}, with: {how: error}}
  - {name: alone, task: sim.fail, needs: [], with: {how: error}}
)");
  const std::string events = folder.path("events.jsonl");
  const ProgramEnd ended = ropewalk({"run", "--json", "--events", events, file}, {.folder = folder.path()});
  EXPECT_EQ(ended.exit_code, 1);
  for (const char* line : {"convert/0 (photos/IMG_0012.jpg) failed: ", "convert/1 (caf\\xe9) failed: ",
                           "sweep/0 (model: ideal, pressure: 0.5) failed: ", "alone/0 failed: "})
    EXPECT_THAT(ended.err, HasSubstr(std::string("\n  ") + line));
  EXPECT_THAT(ended.err, HasSubstr("convert/2 (" + std::string(57, 'x') + "...) failed: "));

  const json items[] = {
      "photos/IMG_0012.jpg", {{"base64", "Y2Fm6Q=="}}, nullptr, {{"model", "ideal"}, {"pressure", 0.5}}, nullptr};
  const json failures = json::parse(ended.out)["failures"];
  ASSERT_EQ(failures.size(), 5u) << ended.out;
  for (std::size_t i = 0; i < 5; ++i) EXPECT_EQ(failures[i].contains("item") ? failures[i]["item"] : json(), items[i]);
  EXPECT_EQ(failures[2]["item_start"], std::string(1000, 'x'));
  EXPECT_FALSE(failures[4].contains("item"));

  std::size_t told = 0;
  for (const std::string& line : lines_of(read_file(events))) {
    const json event = json::parse(line);
    if (!event.contains("index")) continue;
    const std::size_t at = event["stage"] == "convert" ? event["index"].get<std::size_t>()
                           : event["stage"] == "sweep" ? 3
                                                       : 4;
    EXPECT_EQ(event.contains("item") ? event["item"] : json(), items[at]) << line;
    EXPECT_EQ(event.contains("item_start"), at == 2) << line;
    ++told;
  }
  EXPECT_EQ(told, 10u);
}

TEST(Outputs, W06_TheEvidenceOfACrashIsInEveryOutputExceptTheResults) {
  const Folder folder;
  const std::string file = folder.file("crash.yaml", R"(
ropewalk: 1
name: crash
plugins: {path: [)" ROPEWALK_TEST_PLUGINS R"(]}
stages:
  - {name: s, task: zoo.wild_write, executor: process, workers: 1}
)");
  const std::string events = folder.path("events.jsonl"), results = folder.path("results.jsonl");
  const ProgramEnd ended = ropewalk({"run", "--json", "--events", events, "--results", results, file});
  EXPECT_EQ(ended.exit_code, 1);
  const std::string address = "wrote to address 0x123456789000 (nothing is mapped there)";
  EXPECT_THAT(ended.err, HasSubstr("\n      " + address + "\n      #0 zoo.so  zoo::"));
  const json shown = json::parse(ended.out)["failures"][0]["evidence"];
  ASSERT_TRUE(shown.is_array());
  EXPECT_EQ(shown[0], address);
  EXPECT_THAT(shown[1].get<std::string>(), HasSubstr("writes_where_it_may_not"));
  json told;
  for (const std::string& line : lines_of(read_file(events))) {
    const json event = json::parse(line);
    if (event["event"] == "task_finished") told = event["evidence"];
  }
  EXPECT_EQ(told, shown);
  EXPECT_EQ(read_file(results),
            "{\"stage\": \"s\", \"index\": 0, \"item\": null, \"outcome\": \"crashed\", "
            "\"message\": \"the task's process was killed by SIGSEGV (Segmentation fault)\"}\n");
}

std::string noop(const Folder& folder) {
  return folder.file("noop.yaml",
                     "ropewalk: 1\nname: a\nstages:\n  - {name: s, task: sim.noop, foreach: {range: 10}}\n");
}

TEST(Outputs, AnUnwritableFileIsReportedBeforeAnythingRuns) {
  const Folder folder;
  const ProgramEnd ended = ropewalk({"run", "--results", folder.path("no/such/folder"), noop(folder)});
  EXPECT_EQ(ended.exit_code, 2);
  EXPECT_THAT(ended.err, HasSubstr("ropewalk: error[C108]: --results: cannot write '"));
  EXPECT_THAT(ended.err, Not(HasSubstr("stage s")));
}

TEST(Outputs, AnOutputIsNeverAFileThatTheRunReads) {
  const Folder folder;
  const std::string part = "stages: [{name: p, task: sim.noop}]\n",
                    whole =
                        "ropewalk: 1\ninclude: [part.yaml]\nparams: {x: {type: text, default: a}}\nstages: [{name: s, "
                        "task: sim.noop}]\n";
  folder.file("part.yaml", "ropewalk: 1\n" + part);
  folder.file("w.yaml", whole);
  folder.file("list", "a\nb\n");
  std::filesystem::create_symlink("w.yaml", folder.path("link"));
  const std::vector<std::vector<std::string>> all{
      {"run", "w.yaml", "--results", "w.yaml"},
      {"run", "w.yaml", "--events", "./link"},
      {"run", "w.yaml", "--results", folder.path("part.yaml")},
      {"run", "w.yaml", "--set-file", "x=list", "--events", "list"},
      {"run", "w.yaml", "--results", "w.yaml", "--dry-run"},
      {"map", "sim.echo", "--lines", "list", "--with", "value={}", "--results", "list"}};
  for (const std::vector<std::string>& words : all) {
    const ProgramEnd ended = ropewalk(words, {.folder = folder.path()});
    EXPECT_EQ(ended.exit_code, 2) << ended.err;
    EXPECT_THAT(ended.err, testing::HasSubstr("error[C114]"));
  }
  EXPECT_EQ(read_file(folder.path("w.yaml")), whole);
  EXPECT_EQ(read_file(folder.path("list")), "a\nb\n");
  const ProgramEnd both =
      ropewalk({"run", "w.yaml", "--results", "out", "--events", "./out"}, {.folder = folder.path()});
  EXPECT_THAT(both.err, testing::HasSubstr("error[C107]"));
}

TEST(Outputs, R01_AFullDiskExitsWithSeventyFour) {
  const Folder folder;
  for (const char* option : {"--results", "--events"}) {
    const ProgramEnd ended = ropewalk({"run", option, "/dev/full", noop(folder)});
    EXPECT_EQ(ended.exit_code, 74) << option;
    EXPECT_THAT(ended.err, HasSubstr("ropewalk: cannot write '/dev/full': No space left on device\n"));
    EXPECT_THAT(ended.err, HasSubstr("10 of 10 tasks succeeded")) << "the run itself was fine";
  }
}

TEST(Outputs, S06_WithoutAReaderOfJsonTheProgramEndsBySigpipe) {
  const Folder folder;
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  ::close(ends[0]);
  const ProgramEnd ended = ropewalk({"run", "--json", noop(folder)}, {.standard_output = ends[1]});
  ::close(ends[1]);
  EXPECT_EQ(ended.signal, SIGPIPE) << ended.exit_code << ended.err;
}

TEST(Outputs, S06_AFileOfResultsIsWrittenEvenIfTheReaderOfEventsCloses) {
  const Folder folder;
  const std::string file = folder.file(
      "a.yaml",
      "ropewalk: 1\nname: a\nstages:\n  - {name: s, task: sim.noop, executor: thread, foreach: {range: 20000}}\n");
  const std::string results = folder.path("results");
  Program shell({"/bin/sh", "-c", "(\"$0\" run --events - --results \"$1\" \"$2\"; echo \"code $?\" >&2) | head -n 1",
                 ROPEWALK_PROGRAM, results, file});
  const ProgramEnd ended = shell.wait();
  EXPECT_EQ(lines_of(ended.out).size(), 1u) << ended.out;
  EXPECT_THAT(ended.err, HasSubstr("code 141\n"));
  EXPECT_EQ(lines_of(read_file(results)).size(), 20'000u);
}

}  // namespace
}  // namespace ropewalk::test
