// `ropewalk validate FILE...`: all diagnostics of all files, for people and for editors, without running anything.

#include "program.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include <sys/resource.h>
#include <sys/time.h>

#include <algorithm>
#include <functional>

namespace ropewalk::test {
namespace {

using nlohmann::json;
using testing::HasSubstr;

constexpr const char* kGood = "ropewalk: 1\nstages:\n  - {name: s, task: sim.noop}\n";

TEST(Validate, ReportsAllErrorsOfAllFilesInOneDocument) {
  const Folder folder;
  folder.file("good.yaml", kGood);
  folder.file("bad.yaml", "ropewalk: 1\ndesciption: x\nstages:\n  - {name: s, task: sim.sleep, with: {secnds: 1}}\n");
  folder.file("warned.yaml", "ropewalk: 1\nstages:\n  - {name: s, task: sim.noop, executor: thread, timeout: 1s}\n");
  const ProgramEnd ended =
      ropewalk({"validate", "--json", "good.yaml", "bad.yaml", "none.yaml", "warned.yaml"}, {.folder = folder.path()});
  EXPECT_EQ(ended.exit_code, 3);
  EXPECT_EQ(ended.err, "");
  json document = json::parse(ended.out);
  for (json& diagnostic : document.at("mistakes")) diagnostic.erase("message"), diagnostic.erase("hint");
  EXPECT_EQ(document, json::parse(R"json({"schema": 1, "ropewalk": "0.1.0",
    "files": [{"file": "good.yaml", "valid": true}, {"file": "bad.yaml", "valid": false}, {"file": "none.yaml", "valid": false},
              {"file": "warned.yaml", "valid": true}],
    "mistakes": [
      {"file": "bad.yaml", "line": 2, "column": 1, "end_column": 11, "severity": "error", "code": "W207"},
      {"file": "bad.yaml", "line": 4, "column": 39, "end_column": 45, "severity": "error", "code": "W202"},
      {"file": "none.yaml", "severity": "error", "code": "W101"},
      {"file": "warned.yaml", "line": 3, "column": 58, "end_column": 60, "severity": "warning", "code": "W222"}]})json"));
}

TEST(Validate, WarnsOfFarTooManyWorkersForTheMachine) {
  const Folder folder;
  folder.file("wide.yaml",
              "ropewalk: 1\nstages:\n  - {name: wide, task: sim.noop, executor: process, workers: 100, foreach: "
              "{range: 200}}\n");
  std::vector<std::string> words = ropewalk_words({"validate", "wide.yaml"});
  words.insert(words.begin(), {"/bin/sh", "-c", "ulimit -n 256; exec \"$@\"", "sh"});
  const ProgramEnd ended = Program(words, {.folder = folder.path()}).wait();
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("wide.yaml:3:62: warning[W227]: stage 'wide' asks for 100 processes, and this "
                                   "machine has means for about 51: the engine "
                                   "opens 5 files for each, and its limit is 256 (ulimit -n)\n"));
}

TEST(Validate, ReportsTheSameDiagnosticsAsTextAndJson) {
  const Folder folder;
  folder.file("bad.yaml", "ropewalk: 1\nstages:\n  - {name: s, task: sim.sleep, with: {secnds: 1}}\n");
  const ProgramEnd text = ropewalk({"validate", "bad.yaml"}, {.folder = folder.path()});
  const json diagnostic =
      json::parse(ropewalk({"validate", "--json", "bad.yaml"}, {.folder = folder.path()}).out).at("mistakes").at(0);
  EXPECT_THAT(text.err, HasSubstr("error[W202]: " + diagnostic.at("message").get<std::string>() + "\n"));
  EXPECT_THAT(text.err, HasSubstr("     = " + diagnostic.at("hint").get<std::string>() + "\n"));
  EXPECT_EQ(text.out, "");
}

TEST(Validate, ExitsLikeARunOfTheFiles) {
  const Folder folder;
  const std::string good = folder.file("good.yaml", kGood);
  const std::string missing = folder.file("missing.yaml", "ropewalk: 1\nstages:\n  - {name: s, task: imagine.blur}\n");
  const std::string bad = folder.file("bad.yaml", "ropewalk: 1\nstages:\n  - {name: s, task: sim.nop}\n");
  for (const char* style : {"-q", "--json"}) {
    EXPECT_EQ(ropewalk({"validate", style, good}).exit_code, 0);
    EXPECT_EQ(ropewalk({"validate", style, good, missing}).exit_code, 4);
    EXPECT_EQ(ropewalk({"validate", style, missing, bad}).exit_code, 3);
    EXPECT_EQ(ropewalk({"validate", style, good, "--set", "x=1"}).exit_code, 2);
  }
}

/// CPU time of all processes that have been waited for, theirs included.
double cpu_of_children() {
  rusage used{};
  ::getrusage(RUSAGE_CHILDREN, &used);
  const auto seconds = [](const timeval& time) { return static_cast<double>(time.tv_sec) + time.tv_usec * 1e-6; };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

/// 50 ms if a start of /bin/true takes up to 1 ms, and more on a slower machine. In CPU time, because other processes
/// may use the machine.
TEST(Validate, TakesLessThan50ProgramStartsForAnOrdinaryFile) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "a sanitizer takes its own time";
#endif
  const auto least = [](double& best, const std::function<ProgramEnd()>& run) {
    const double before = cpu_of_children();
    const ProgramEnd ended = run();
    ASSERT_EQ(ended.exit_code, 0) << ended.err;
    best = std::min(best, cpu_of_children() - before);
  };
  double start = 60, best = 60;
  for (int i = 0; i < 100 && (i < 3 || best >= 50 * std::max(start, 0.001)); ++i) {
    ASSERT_NO_FATAL_FAILURE(least(start, [] { return Program({"/bin/true"}).wait(); }));
    ASSERT_NO_FATAL_FAILURE(least(best, [] {
      return ropewalk({"validate", ROPEWALK_SOURCE "/workflows/words.yaml"});
    }));
  }
  EXPECT_GT(best, 0);
  EXPECT_LT(best, 50 * std::max(start, 0.001));
}

}  // namespace
}  // namespace ropewalk::test
