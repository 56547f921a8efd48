// Runs every shipped workflow and checks its output and its files.

#include "program.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

namespace ropewalk::test {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

struct Shipped {
  std::vector<std::string> settings;
  std::vector<std::string> writes;  ///< everything that it leaves in its working folder
};

const std::map<std::string, Shipped> kShipped{
    {"checksum.yaml", {{"--set", "root=" ROPEWALK_SOURCE "/workflows"}, {"SHA256SUMS"}}},
    {"commands.yaml", {{}, {"commands"}}},
    {"compress.yaml", {{}, {"compressed"}}},
    {"cpu-bound.yaml", {{"--set", "turns=1000"}, {}}},
    {"matrix.yaml", {{}, {"matrix"}}},
    {"pipeline.yaml", {{"--set", "files=3"}, {"pipeline"}}},
    {"ten-sleeps.yaml", {{}, {}}},
    {"words.yaml", {{}, {"words"}}},
};

/// Runs a shipped workflow in `folder`.
ProgramEnd run(const std::string& name, const Folder& folder, const std::vector<std::string>& settings = {}) {
  std::vector<std::string> words{"run", "--json", ROPEWALK_SOURCE "/workflows/" + name};
  words.insert(words.end(), settings.begin(), settings.end());
  ProgramEnd ended = ropewalk(words, {.folder = folder.path()});
  EXPECT_EQ(ended.exit_code, 0) << name << ": " << ended.err;
  return ended;
}

/// The output of a shell command that runs in `folder` and must succeed.
std::string output_of(const std::string& command, const Folder& folder) {
  const ProgramEnd ended =
      Program({"/bin/sh", "-c", command}, {.folder = folder.path(), .environment = {{"LC_ALL", "C"}}}).wait();
  EXPECT_EQ(ended.exit_code, 0) << command << ": " << ended.err;
  return ended.out;
}

std::vector<std::string> names_in(const Folder& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) names.push_back(entry.path().filename());
  std::sort(names.begin(), names.end());
  return names;
}

json stages_of(const ProgramEnd& ended) { return json::parse(ended.out).at("stages"); }

json stage(const ProgramEnd& ended, std::string_view name) {
  const json stages = stages_of(ended);
  for (const json& each : stages)
    if (each["name"] == name) return each;
  return {};
}

TEST(Workflows, EachShippedOneIsTestedRunsWithoutWarningsAndWritesWhereDocumented) {
  for (const auto& entry : std::filesystem::directory_iterator(ROPEWALK_SOURCE "/workflows")) {
    const std::string name = entry.path().filename();
    if (!name.ends_with(".yaml")) continue;
    ASSERT_TRUE(kShipped.contains(name)) << name << " is not run by any test";
    const Folder folder;
    const ProgramEnd ended = run(name, folder, kShipped.at(name).settings);
    EXPECT_THAT(ended.err, Not(HasSubstr("warning"))) << name;
    EXPECT_EQ(names_in(folder), kShipped.at(name).writes) << name;
  }
}

TEST(Workflows, GiveTheSameResultsOnAllExecutors) {
  const Folder folder;
  for (const std::string name : {"words.yaml", "compress.yaml"}) {
    run(name, folder, {"--results", "serial.jsonl", "--executor", "serial"});
    EXPECT_THAT(lines_of(read_file(folder.path("serial.jsonl"))), testing::SizeIs(testing::Gt(15u))) << name;
    for (const std::string executor : {"thread", "process", "thread-per-task", "process-per-task"}) {
      run(name, folder, {"--results", executor + ".jsonl", "--executor", executor});
      EXPECT_TRUE(read_file(folder.path(executor + ".jsonl")) == read_file(folder.path("serial.jsonl")))
          << name << " on " << executor;
    }
  }
}

TEST(Workflows, ChecksumWritesAManifestThatSha256sumAccepts) {
  const Folder folder;
  run("checksum.yaml", folder, kShipped.at("checksum.yaml").settings);
  EXPECT_EQ(output_of("sha256sum --check SHA256SUMS | grep -c ': OK$'", folder),
            output_of("find " ROPEWALK_SOURCE "/workflows -type f | wc -l", folder));
}

TEST(Workflows, CpuBoundComputesTheSameOnAllExecutors) {
  const Folder folder;
  const ProgramEnd ended = run("cpu-bound.yaml", folder, {"--set", "turns=1000", "--results", "results.jsonl"});
  std::map<std::string, std::vector<json>> values;
  for (const std::string& line : lines_of(read_file(folder.path("results.jsonl")))) {
    const json row = json::parse(line);
    values[row["stage"]].push_back(row["value"]);
  }
  ASSERT_EQ(values.size(), 6u);
  EXPECT_EQ(values["one-by-one"].size(), 8u);
  for (const auto& [name, each] : values) EXPECT_EQ(each, values["one-by-one"]) << name;
  std::map<std::string, int> executors;
  const json stages = stages_of(ended);
  for (const json& each : stages) ++executors[each["executor"]];
  EXPECT_EQ(executors.size(), 5u);
}

TEST(Workflows, TenSleepsShowsTheSpeedUpOfThreadsAndProcesses) {
  const ProgramEnd ended = ropewalk({"run", "--json", ROPEWALK_SOURCE "/workflows/ten-sleeps.yaml"});
  ASSERT_EQ(ended.exit_code, 0) << ended.err;
  std::vector<std::string> executors;
  double one_by_one = 0, slowest = 0;
  const json stages = stages_of(ended);
  for (const json& stage : stages) {
    executors.push_back(stage["executor"]);
    EXPECT_EQ(stage["bound"], "io") << stage;
    EXPECT_GE(stage["wall_s"], stage["executor"] == "serial" ? 2.0 : 1.0) << stage;
    const double wall_s = stage["wall_s"];
    if (stage["executor"] == "serial")
      one_by_one = wall_s;
    else
      slowest = std::max(slowest, wall_s);
  }
  EXPECT_LT(slowest, one_by_one) << stages;
  EXPECT_THAT(executors,
              testing::UnorderedElementsAre("serial", "thread-per-task", "thread", "process-per-task", "process"));
}

TEST(Workflows, WordsCountsLikeCoreutils) {
  const Folder folder;
  output_of(
      "mkdir texts && for f in /usr/share/common-licenses/*; do tr -cd '\\1-\\177' <\"$f\" >texts/\"${f##*/}\"; done",
      folder);
  run("words.yaml", folder, {"--set", "root=texts", "--set", "most=50", "--executor", "thread"});
  const std::string expected = output_of(
      "for f in texts/*; do cat \"$f\"; echo; done | tr -cs A-Za-z0-9 '\\n' | grep . | tr A-Z a-z | sort | uniq -c |"
      " sort -k1,1nr -k2 | head -n 50 | sed 's/^ *//'",
      folder);
  EXPECT_EQ(lines_of(expected).size(), 50u);
  EXPECT_EQ(read_file(folder.path("words/words.txt")), expected);
}

TEST(Workflows, PipelineHashesFilesWhileOthersAreCreated) {
  const Folder folder;
  run("pipeline.yaml", folder, {"--events", "events.jsonl"});
  std::vector<std::string> finished;
  for (const std::string& line : lines_of(read_file(folder.path("events.jsonl")))) {
    const json event = json::parse(line);
    if (event["event"] == "task_finished") finished.push_back(event["stage"]);
  }
  const auto first_hash = std::find(finished.begin(), finished.end(), "hash");
  EXPECT_NE(std::find(first_hash, finished.end(), "make"), finished.end()) << testing::PrintToString(finished);
  EXPECT_EQ(output_of("sha256sum --check pipeline/SHA256SUMS | grep -c ': OK$'", folder), "12\n");
  EXPECT_EQ(
      output_of("seq 30000 | cmp - pipeline/numbers-2.txt && cut -d ' ' -f 3 pipeline/SHA256SUMS | sed -n 3p", folder),
      "pipeline/numbers-2.txt\n");
}

TEST(Workflows, MatrixRetriesAndWritesARowForEachCombination) {
  const Folder folder;
  EXPECT_EQ(stage(run("matrix.yaml", folder), "integrate")["retried"], 3);
  const std::string table = read_file(folder.path("matrix/pi.csv"));
  // All but left/2 in the order of the axes, then the included ones.
  EXPECT_THAT(lines_of(table),
              ElementsAre("rule,steps,pi", "left,4,3.3811764706", "left,16,3.2034416120", "left,1000,3.1425924869",
                          "midpoint,2,3.1623529412", "midpoint,4,3.1468005184", "midpoint,16,3.1419181743",
                          "midpoint,1000,3.1415927369", "simpson,2,3.1415686275", "simpson,4,3.1415925025",
                          "simpson,16,3.1415926536", "simpson,1000,3.1415926536", "midpoint,100000,3.1415926536"));
  EXPECT_EQ(stage(run("matrix.yaml", folder), "integrate")["retried"], 0);
  EXPECT_EQ(read_file(folder.path("matrix/pi.csv")), table);
  EXPECT_EQ(stage(run("matrix.yaml", folder, {"--set", "rules=[simpson]"}), "integrate")["tasks"], 5);
}

TEST(Workflows, CompressKeepsEachFileOfATree) {
  const Folder folder;
  output_of(
      R"sh(mkdir -p tree/a/b && seq 100000 >tree/numbers && echo x >"tree/a/it's; a \$(name)" && : >tree/a/b/empty && echo y >tree/-f)sh",
      folder);
  for (const auto& [algorithm, suffix] : {std::pair<std::string, std::string>{"gzip", ".gz"}, {"zstd", ".zst"}}) {
    const std::string into = "by-" + algorithm;
    run("compress.yaml", folder, {"--set", "root=tree", "--set", "into=" + into, "--set", "algorithm=" + algorithm});
    EXPECT_EQ(output_of("cd tree && find . -type f | sed 's/$/" + suffix + "/' | sort", folder),
              output_of("cd " + into + " && find . -type f ! -name report.txt | sort", folder));
    const std::string packed = std::to_string(std::filesystem::file_size(folder.path(into + "/numbers" + suffix)));
    EXPECT_THAT(lines_of(read_file(folder.path(into + "/report.txt"))),
                testing::Contains("588895 -> " + packed + " tree/numbers"));
    if (Program({"/bin/sh", "-c", "command -v " + algorithm}).wait().exit_code != 0) continue;
    output_of("cp -r " + into + " back && cd back && rm report.txt && find . -type f -exec " + algorithm +
                  " -qd {} + && find . -name '*" + suffix + "' -delete && cd .. && diff -r tree back && rm -r back",
              folder);
  }
}

TEST(Workflows, CommandsCountsLikeGrep) {
  const Folder folder;
  run("commands.yaml", folder, {"--set", "word=freedom", "--results", folder.path("results.jsonl")});
  const std::vector<std::string> lines = lines_of(read_file(folder.path("commands/report.txt")));
  ASSERT_GT(lines.size(), 3u);
  EXPECT_EQ(lines[0] + "\n", "# " + output_of("uname -s -m", folder));
  for (const std::string& row : lines_of(read_file(folder.path("results.jsonl")))) {
    const json result = json::parse(row);
    if (result["stage"] == "sorted") {
      EXPECT_EQ(result["value"]["lines"].size(), lines.size() - 3) << "each line is an element of its own";
    }
  }
  std::string counts;
  for (std::size_t i = 3; i < lines.size(); ++i) counts += lines[i] + "\n";
  EXPECT_EQ(
      counts,
      output_of(
          "cd /usr/share/common-licenses && grep -c freedom * | sed 's/\\(.*\\):\\(.*\\)/\\2 \\1/' | sort -k1,1nr -k2",
          folder));
}

#ifdef ROPEWALK_PYTHON

/// Runs a workflow of workflows/python in Debian's interpreter, and returns its results. `messages`: its stderr.
std::vector<json> run_python(const std::string& name, std::vector<std::string> settings,
                             std::string* messages = nullptr) {
  const Folder folder;
  settings.insert(settings.begin(), {"run", ROPEWALK_SOURCE "/workflows/python/" + name, "--results", "-"});
  const ProgramEnd ended = ropewalk(settings, {.folder = folder.path(), .environment = {{"PATH", "/usr/bin:/bin"}}});
  EXPECT_EQ(ended.exit_code, 0) << name << ": " << ended.err;
  if (messages != nullptr) *messages = ended.err;
  std::vector<json> results;
  for (const std::string& line : lines_of(ended.out)) results.push_back(json::parse(line));
  return results;
}

TEST(PythonWorkflows, WaitsAreTheSameOneByOneOnThreadsAndInProcesses) {
  const std::vector<json> results = run_python("waiting.yaml", {"--set", "seconds=0.001"});
  ASSERT_EQ(results.size(), 24u);
  for (const json& result : results) EXPECT_EQ(result["value"]["seconds"], 0.001) << result;
}

TEST(PythonWorkflows, ComputingCountsThePrimesThatFactorFinds) {
  const Folder folder;
  const std::vector<json> results = run_python("computing.yaml", {"--set", "part=200"});
  ASSERT_EQ(results.size(), 25u);
  const std::string primes = output_of("seq 1 1599 | factor | grep -c '^[0-9]*: [0-9]*$'", folder);
  EXPECT_EQ(results.back()["value"]["value"].get<std::string>() + "\n",
            primes.substr(0, primes.size() - 1) + " primes below 1600\n");
  for (std::size_t i = 0; i < 8; ++i)
    for (const std::size_t stage : {8, 16}) EXPECT_EQ(results[i]["value"], results[i + stage]["value"]);
}

TEST(PythonWorkflows, ThePluginOfTheReadmeMakesSquares) {
  const std::string page = read_file(ROPEWALK_SOURCE "/README.md"), begin = "```python\n";
  const std::size_t at = page.find(begin) + begin.size();
  const Folder folder;
  folder.file("squares.py", page.substr(at, page.find("```", at) - at));
  const ProgramEnd ended =
      ropewalk({"map", "squares.square", "--plugins", ".", "--range", "3", "--with", "n=${{ item }}"},
               {.folder = folder.path(), .environment = {{"PATH", "/usr/bin:/bin"}}});
  EXPECT_EQ(ended.out, "{\"value\": 0}\n{\"value\": 1}\n{\"value\": 4}\n") << ended.err;
}

TEST(PythonWorkflows, SideBySideShowsThreadsAndProcessesOfBothKinds) {
  const ProgramEnd ended =
      Program({"/usr/bin/python3", "-B", ROPEWALK_SOURCE "/workflows/python/side_by_side.py", "--seconds", "0.001",
               "--part", "100"},
              {.environment = {{"PYTHONPATH", ROPEWALK_BUILD "/python"}, {"PATH", "/usr/bin:/bin"}}})
          .wait();
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  for (const char* row : {"one by one", "ThreadPoolExecutor x8", "ropewalk.ThreadExecutor x8", "ProcessPoolExecutor x2",
                          "ropewalk.ProcessExecutor x2", "whose lock lets one of them compute"})
    EXPECT_THAT(ended.out, HasSubstr(row));
}

TEST(PythonWorkflows, EachTaskThatMisbehavesFailsAloneAndSaysWhy) {
  std::string messages;
  const std::vector<json> results = run_python("failing.yaml", {}, &messages);
  ASSERT_EQ(results.size(), 10u);
  std::string outcomes;
  for (const json& result : results) outcomes += result["outcome"].get<std::string>() + " ";
  EXPECT_EQ(outcomes,
            "succeeded succeeded failed succeeded succeeded crashed succeeded timed_out succeeded succeeded ");
  EXPECT_THAT(results[2]["message"].get<std::string>(), HasSubstr("ValueError: this task raises (lesson.py:"));
  EXPECT_THAT(results[2]["stderr"].get<std::string>(), HasSubstr("raise ValueError(\"this task raises\")"));
  EXPECT_THAT(messages, HasSubstr("lesson.py\", line 61 in misbehave")) << "the line of Python that crashed";
}

#endif

}  // namespace
}  // namespace ropewalk::test
