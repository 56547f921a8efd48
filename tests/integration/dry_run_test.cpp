// Previews of a workflow before it runs: `graph` and `run --dry-run`.

#include "program.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <unistd.h>

namespace ropewalk::test {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::StartsWith;

TEST(GraphCommand, PrintsEachFormatOnStdout) {
  const std::string file = ROPEWALK_SOURCE "/workflows/pipeline.yaml";
  const ProgramEnd text = ropewalk({"graph", file});
  EXPECT_EQ(text.exit_code, 0) << text.err;
  EXPECT_THAT(text.out, HasSubstr("with each result of "));
  EXPECT_EQ(text.err, "");
  EXPECT_EQ(ropewalk({"graph", file, "--format", "text"}).out, text.out);
  EXPECT_THAT(ropewalk({"graph", file, "--format", "dot"}).out, StartsWith("digraph \"pipeline\" {\n"));
  EXPECT_THAT(ropewalk({"graph", file, "--format", "mermaid"}).out, StartsWith("flowchart LR\n"));
  EXPECT_EQ(json::parse(ropewalk({"graph", file, "--format", "json"}).out).at("workflow"), "pipeline");
}

TEST(GraphCommand, ReportsErrorsLikeARun) {
  const Folder folder;
  const std::string bad = folder.file("bad.yaml", "ropewalk: 1\nstages:\n  - {name: s, task: sim.nop}\n");
  const ProgramEnd graph = ropewalk({"graph", bad}), run = ropewalk({"run", bad});
  EXPECT_EQ(graph.exit_code, 3);
  EXPECT_EQ(graph.err, run.err);
  EXPECT_EQ(graph.out, "");
  EXPECT_EQ(ropewalk({"graph", ROPEWALK_SOURCE "/workflows/checksum.yaml"}).exit_code, 2);
}

TEST(StagesAskedFor, RunWithTheStagesThatTheyWaitForOnly) {
  const Folder folder;
  const std::string file = folder.file("w.yaml", R"(ropewalk: 1
stages:
  - {name: list, task: sim.echo, foreach: {range: 2}, with: {value: "${{ item }}"}}
  - {name: other, task: nobody.has-this, needs: []}
  - {name: use, task: sim.echo, needs: [], foreach: {results: list}, with: {value: "${{ item.value }}"}}
)");
  const ProgramEnd ended = ropewalk({"run", file, "-q", "--stage", "use", "--results", "-"});
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  std::vector<std::string> ran;
  for (const std::string& line : lines_of(ended.out)) ran.push_back(json::parse(line).at("stage"));
  EXPECT_THAT(ran, testing::ElementsAre("list", "list", "use", "use"));
  const ProgramEnd unknown = ropewalk({"run", file, "--stage", "us"});
  EXPECT_EQ(unknown.exit_code, 2);
  EXPECT_THAT(unknown.err, HasSubstr("--stage us: there is no stage 'us'; did you mean 'use'?\n"));
  EXPECT_EQ(ropewalk({"run", file}).exit_code, 4);
}

/// The content of a folder, with sizes.
std::string listing(const Folder& folder) {
  std::vector<std::string> lines;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder.path()))
    lines.push_back(entry.path().string() + " " + (entry.is_regular_file() ? std::to_string(entry.file_size()) : "") +
                    "\n");
  std::sort(lines.begin(), lines.end());
  std::string out;
  for (const std::string& line : lines) out += line;
  return out;
}

TEST(DryRun, ShowsWhatWouldRunAndWhyItWaits) {
  const Folder folder;
  folder.file("names.txt", "a\nb\nc\nd\ne\n");
  const std::string file = folder.file("w.yaml", R"(ropewalk: 1
name: every-kind
params: {into: {type: path, default: out}, key: {type: text, default: swordfish, secret: true}}
vars: {into: "${{ params.into }}/x"}
stages:
  - {name: hash, task: file.checksum, executor: process, workers: 2, foreach: {lines: names.txt}, vars: {file: "${{ vars.into }}/${{ item }}"}, with: {path: "${{ vars.file }}", algorithm: md5}}
  - {name: copy, task: sim.echo, executor: thread, workers: 2, foreach: {results: hash}, with: {value: "${{ item.digest }}"}}
  - {name: manifest, task: file.write, executor: serial, with: {path: "${{ params.into }}", lines: "${{ stages.hash.results[*].line }}"}}
  - {name: each, task: sim.echo, executor: serial, foreach: "${{ stages.copy.results }}", with: {value: "key=${{ params.key }} ${{ item.value }}"}}
  - {name: never, task: sim.noop, executor: serial, needs: [], if: "${{ params.into == 'in' }}"}
  - {name: notice, task: sim.echo, executor: serial, needs: [hash], after: failure, if: "${{ stages.hash.failed > 3 }}", with: {value: "${{ params.key }}!"}}
)");
  const std::string before = listing(folder);
  const ProgramEnd ended =
      ropewalk({"run", file, "--dry-run", "--results", folder.path("r.jsonl"), "--events", folder.path("e.jsonl")},
               {.folder = folder.path()});
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_EQ(ended.err, "");
  EXPECT_EQ(ended.out, R"(workflow every-kind: 6 stages, nothing is run

hash: file.checksum on process x2 (2 hosts), 5 tasks
  starts at once
  hash/0  path: "out/x/a"; algorithm: "md5"
  hash/1  path: "out/x/b"; algorithm: "md5"
  hash/2  path: "out/x/c"; algorithm: "md5"
  ... and 2 more

copy: sim.echo on thread x2 (1 host), a task for each result of hash, at most 5
  starts with each result of hash
  copy/0  value: (known when hash/0 has ended)
  copy/1  value: (known when hash/1 has ended)
  copy/2  value: (known when hash/2 has ended)
  ... and 2 more

manifest: file.write on serial x1 (1 host), 1 task
  starts when hash (read by an expression), copy (before it in the file) have succeeded
  manifest/0  path: "out"; lines: (known when hash has ended)

each: sim.echo on serial x1 (1 host), tasks that are known when copy has ended
  starts when copy (read by an expression), manifest (before it in the file) have succeeded

never: sim.noop on serial x1 (1 host), 1 task
  starts at once
  its 'if' is false: it is left out

notice: sim.echo on serial x1 (1 host), 1 task
  starts when hash (needs) has ended badly
  if its 'if' is true, which is known when hash has ended
  notice/0  value: "***!"

would write )" + folder.path("r.jsonl") +
                           R"( (--results)

would write )" + folder.path("e.jsonl") +
                           " (--events)\n");
  EXPECT_EQ(listing(folder), before) << "a file was written";
}

TEST(DryRun, ParametersEqualThoseOfTheTasks) {
  const Folder folder;
  const std::string file = folder.file(
      "w.yaml",
      "ropewalk: 1\nstages:\n  - {name: s, task: sim.echo, executor: serial, foreach: {range: {from: 7, to: 9}}, "
      "vars: {v: \"${{ item * 2 }}\"}, with: {value: \"${{ index }}-${{ vars.v }}\"}}\n");
  std::string run;
  for (const std::string& line : lines_of(ropewalk({"run", "-q", file, "--results", "-"}).out)) {
    const json task = json::parse(line);
    run += "  s/" + task.at("index").dump() + "  value: " + task.at("value").at("value").dump() + "\n";
  }
  EXPECT_THAT(ropewalk({"run", file, "--dry-run"}).out, testing::EndsWith("  starts at once\n" + run));
}

TEST(DryRun, FailsForKnownFailuresButNotForFilesThatAStageMayCreate) {
  const Folder folder;
  const std::string stage = "task: sim.noop, executor: serial, foreach: {lines: none.txt}}\n";
  const ProgramEnd first =
      ropewalk({"run", folder.file("a.yaml", "ropewalk: 1\nstages:\n  - {name: s, " + stage), "--dry-run"},
               {.folder = folder.path()});
  EXPECT_EQ(first.exit_code, 1);
  EXPECT_THAT(first.out, HasSubstr("  fails: "));
  const ProgramEnd later = ropewalk(
      {"run", folder.file("b.yaml", "ropewalk: 1\nstages:\n  - {name: a, task: sim.noop}\n  - {name: s, " + stage),
       "--dry-run"},
      {.folder = folder.path()});
  EXPECT_EQ(later.exit_code, 0);
  EXPECT_THAT(later.out, HasSubstr("s: sim.noop on serial x1 (1 host), tasks that cannot be listed now\n"));
  EXPECT_THAT(later.out, HasSubstr("  would fail as things are now: "));
}

TEST(DryRun, OfAMappingShowsTheTasksToo) {
  const ProgramEnd ended = ropewalk({"map", "sim.echo", "-j", "2", "--dry-run", "--range", "5", "--with", "value={}"});
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_THAT(ended.out, HasSubstr("  map/2  value: 2\n  ... and 2 more\n"));
}

TEST(DryRun, OfLongValuesShowsBothEnds) {
  const Folder folder;
  const std::string file = folder.file("w.yaml",
                                       "ropewalk: 1\nparams: {text: {type: text}}\nstages:\n  - {name: s, task: "
                                       "sim.echo, with: {value: \"${{ params.text }}\"}}\n");
  const ProgramEnd ended =
      ropewalk({"run", file, "--dry-run", "--set", "text=" + std::string(300, 'a') + std::string(300, 'z')});
  EXPECT_THAT(ended.out,
              HasSubstr("  s/0  value: \"" + std::string(79, 'a') + " ... " + std::string(39, 'z') + "\"\n"));
}

TEST(DryRun, LeavesStandardInputAlone) {
  const Folder folder;
  const std::string file = folder.file("w.yaml",
                                       "ropewalk: 1\nstages:\n  - {name: s, task: sim.echo, executor: serial, foreach: "
                                       "{lines: \"-\"}, with: {value: \"${{ item }}\"}}\n");
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);  // has no writer and does not end
  const ProgramEnd ended = ropewalk({"run", file, "--dry-run"}, {.input = ends[0]});
  ::close(ends[0]), ::close(ends[1]);
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_THAT(ended.out, HasSubstr(", tasks from the lines of standard input\n"));
}

TEST(DryRun, OfAMillionItemsListsThemAndShowsThree) {
  const Folder folder;
  const ProgramEnd ended = ropewalk(
      {"run",
       folder.file(
           "w.yaml",
           "ropewalk: 1\nstages:\n  - {name: s, task: sim.noop, executor: serial, foreach: {range: 1000000}}\n"),
       "--dry-run"});
  EXPECT_THAT(ended.out, HasSubstr(", 1,000,000 tasks\n"));
  EXPECT_THAT(ended.out, HasSubstr("  s/2\n  ... and 999,997 more\n"));
}

}  // namespace
}  // namespace ropewalk::test
