// Files that include files: name resolution, the order of stages, and everything that is rejected.

#include "support/scratch.hpp"
#include "workflow/document.hpp"

#include <ropewalk/workflow.hpp>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <sys/stat.h>

namespace ropewalk {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct Include : testing::Test {
  /// "FILE:3:7 W113 message", without the folder.
  std::vector<std::string> load(const std::string& file = "w.yaml") const {
    const auto workflow = load_workflow(folder / file);
    const std::vector<Error> errors = workflow ? workflow->diagnostics : workflow.error().list;
    std::vector<std::string> lines;
    for (const Error& error : errors) {
      std::string line = fmt::format("{}:{}:{} {} {}", error.place.file, error.place.line, error.place.column,
                                     error.code, error.message);
      const std::string here = folder.path().string() + "/";
      for (std::size_t at; (at = line.find(here)) != std::string::npos;) line.erase(at, here.size());
      lines.push_back(line);
    }
    return lines;
  }
  void write(const std::string& file, const std::string& text) const { folder.write(file, "ropewalk: 1\n" + text); }

  const test::Scratch folder;
};

const char* const kStages = "stages:\n  - {name: own, task: sim.noop}\n";

TEST_F(Include, StagesOfIncludedFilesComeBeforeTheFilesOwnInOrder) {
  std::filesystem::create_directory(folder / "parts");
  write("w.yaml", "include: [parts/a.yaml, b.yaml]\n" + std::string(kStages));
  write("parts/a.yaml", "include: [deep.yaml]\nstages:\n  - {name: a, task: sim.noop}\n");
  write("parts/deep.yaml", "stages:\n  - {name: deep, task: sim.noop}\n");
  write("b.yaml", "params: {p: 1}\n");
  const auto workflow = load_workflow(folder / "w.yaml");
  ASSERT_TRUE(workflow);
  EXPECT_THAT(workflow->diagnostics, IsEmpty());
  std::vector<std::string> files;
  for (const auto& file : workflow->document->included)
    files.push_back(
        fmt::format("{} {}", std::filesystem::path(file->source.name()).filename().string(), file->stages.size()));
  EXPECT_THAT(files, ElementsAre("deep.yaml 1", "a.yaml 1", "b.yaml 0"));
  ASSERT_NE(workflow->document->param("p"), nullptr);
  ASSERT_NE(workflow->document->included[0]->param("p"), nullptr) << "every file sees the params of all";
}

TEST_F(Include, AFileThatOnlyIncludesNeedsNoStagesOfItsOwn) {
  write("w.yaml", "include: [a.yaml]\n");
  write("a.yaml", kStages);
  EXPECT_THAT(load(), IsEmpty());
}

TEST_F(Include, DiagnosticsNameTheirFile) {
  write("w.yaml", "include: [a.yaml]\nnmae: x\n" + std::string(kStages));
  write("a.yaml", "stages:\n  - {name: a, tsak: sim.noop}\n");
  EXPECT_THAT(load(), ElementsAre("w.yaml:3:1 W207 the workflow has no key 'nmae'; did you mean 'name'?",
                                  "a.yaml:3:15 W207 a stage has no key 'tsak'; did you mean 'task'?"));
}

TEST_F(Include, Y07_ADuplicateNameIsReportedWithBothPlaces) {
  write("w.yaml", "include: [a.yaml]\nparams: {n: 1, own: 2}\n" + std::string(kStages));
  write("a.yaml", "params:\n  n: 3\n" + std::string(kStages));
  EXPECT_THAT(load(), ElementsAre("w.yaml:3:10 W211 param 'n' is declared twice, first in a.yaml:3",
                                  "w.yaml:5:12 W211 two stages are named 'own', the first in a.yaml:5"));
}

TEST_F(Include, Y07_CyclesAreReportedCompletely) {
  write("w.yaml", "include: [a.yaml]\n" + std::string(kStages));
  write("a.yaml", "include: [./b.yaml]\n");
  write("b.yaml", "include: [w.yaml]\n");
  EXPECT_THAT(load(),
              ElementsAre("b.yaml:2:11 W230 these files include each other: w.yaml -> a.yaml -> b.yaml -> w.yaml"));
  write("self.yaml", "include: [self.yaml]\n");
  EXPECT_THAT(load("self.yaml"), ElementsAre("self.yaml:2:11 W230 this file includes itself: self.yaml -> self.yaml"));
}

TEST_F(Include, ALinkDoesNotHideACycle) {
  write("w.yaml", "include: [link.yaml]\n");
  std::filesystem::create_symlink("w.yaml", folder / "link.yaml");
  EXPECT_THAT(load(), ElementsAre("w.yaml:2:11 W230 this file includes itself: w.yaml -> w.yaml"));
}

TEST_F(Include, AFileIsIncludedOnce) {
  write("w.yaml", "include: [a.yaml, b.yaml]\n");
  write("a.yaml", "include: [c.yaml]\n");
  write("b.yaml", "include: [c.yaml]\n");
  write("c.yaml", kStages);
  EXPECT_THAT(load(), ElementsAre("b.yaml:2:11 W211 this file is included twice, first in a.yaml:2"));
}

TEST_F(Include, Y13_AnIncludeThatIsNotAFileIsRejectedAtItsPlaceWithoutBlocking) {
  ASSERT_EQ(::mkfifo((folder / "fifo").c_str(), 0600), 0);
  std::filesystem::create_directory(folder / "sub");
  write("w.yaml", "include: [fifo, sub, gone.yaml, \"-\"]\n" + std::string(kStages));
  EXPECT_THAT(load(),
              ElementsAre("w.yaml:2:11 W102 the included file 'fifo': this is a FIFO, a workflow is a regular file",
                          "w.yaml:2:17 W102 the included file 'sub': this is a folder, a workflow is a regular file",
                          "w.yaml:2:22 W101 the included file 'gone.yaml': there is no such file",
                          "w.yaml:2:33 W209 standard input cannot be included"));
}

TEST_F(Include, BrokenFilesAreReportedAtPlacesInTheirOwnText) {
  write("w.yaml", "include: [a.yaml, b.yaml]\n" + std::string(kStages));
  write("a.yaml", "stages: [\n");
  folder.write("b.yaml", "");
  const auto diagnostics = load();
  ASSERT_EQ(diagnostics.size(), 2u);
  EXPECT_THAT(diagnostics[0], testing::StartsWith("a.yaml:"));
  EXPECT_EQ(diagnostics[1], "b.yaml:0:0 W104 the file is empty");
}

TEST_F(Include, TheFormIsAListOfConstants) {
  const auto with = [&](const std::string& value) {
    write("w.yaml", "include: " + value + "\n" + kStages);
    return load();
  };
  EXPECT_THAT(
      with("a.yaml"),
      ElementsAre(
          "w.yaml:2:10 W209 'include' wants a list of files, such as [common.yaml], but this is a single value"));
  EXPECT_THAT(with("[{a: b}]"),
              ElementsAre("w.yaml:2:11 W209 an element of 'include' wants a path, but this is a map"));
  EXPECT_THAT(with("[\"${{ params.x }}\"]"),
              ElementsAre("w.yaml:2:12 W209 an element of 'include' is a constant, an expression cannot stand here"));
  EXPECT_THAT(with("[]"), IsEmpty());
}

TEST_F(Include, NestingAndNumberOfIncludesHaveLimits) {
  for (int i = 0; i < 20; ++i) write(fmt::format("d{}.yaml", i), fmt::format("include: [d{}.yaml]\n", i + 1));
  EXPECT_THAT(load("d0.yaml"), ElementsAre("d16.yaml:2:11 W234 files that include files are nested more than 16 deep"));
  std::string list;
  for (int i = 0; i < 65; ++i) {
    write(fmt::format("n{}.yaml", i), fmt::format("params: {{p{}: 1}}\n", i));
    list += fmt::format("  - n{}.yaml\n", i);
  }
  write("w.yaml", "include:\n" + list + kStages);
  EXPECT_THAT(load(), ElementsAre("w.yaml:67:5 W234 a workflow includes at most 64 files"));
}

TEST_F(Include, Y08_AllFilesTogetherHaveALimit) {
  std::string list;
  for (int i = 0; i < 5; ++i) {
    write(fmt::format("n{}.yaml", i), "#" + std::string(1'000'000, 'x') + "\n");
    list += fmt::format("  - n{}.yaml\n", i);
  }
  write("w.yaml", "include:\n" + list + kStages);
  EXPECT_THAT(
      load(),
      ElementsAre(
          "w.yaml:7:5 W103 all files of a workflow together are larger than 4 MiB, the most that they may have"));
}

}  // namespace
}  // namespace ropewalk
