// Inputs that are not a file, not text or not YAML: rows Y01 to Y13 of the failure catalogue.

#include "diagnostics_text.hpp"

#include <gmock/gmock.h>

#include <fcntl.h>
#include <sys/stat.h>

#include <ctime>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace ropewalk {
namespace {

using test::diagnostics_of;
using test::lines_of;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

const std::string kGood = "ropewalk: 1\nstages:\n  - {name: a, task: sim.noop}\n";

/// A separate folder that is removed afterwards.
class WorkflowFile : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/ropewalk-workflow-XXXXXX";
    ASSERT_NE(::mkdtemp(name), nullptr);
    folder_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string write(const std::string& bytes) {
    const std::string file = (folder_ / "w.yaml").string();
    std::ofstream(file, std::ios::binary) << bytes;
    return file;
  }
  std::vector<std::string> load(const std::string& file) {
    const auto workflow = load_workflow(file);
    return workflow ? lines_of(workflow->diagnostics) : lines_of(workflow.error().list);
  }
  std::filesystem::path folder_;
};

TEST_F(WorkflowFile, ValidFilesAreReadWithNameAndDescription) {
  const std::string file =
      write("ropewalk: 1\nname: photos\ndescription: Makes them small.\nstages:\n  - {name: a, task: sim.noop}\n");
  const auto workflow = load_workflow(file);
  ASSERT_TRUE(workflow);
  EXPECT_EQ(workflow->name, "photos");
  EXPECT_EQ(workflow->description, "Makes them small.");
  EXPECT_EQ(workflow->file, file);
  EXPECT_THAT(workflow->diagnostics, IsEmpty());
}

TEST_F(WorkflowFile, TheNameDefaultsToTheNameOfTheFile) {
  const auto workflow = load_workflow(write(kGood));
  ASSERT_TRUE(workflow);
  EXPECT_EQ(workflow->name, "w");
}

TEST_F(WorkflowFile, Y13_OtherKindsOfFilesAreNamedInTheError) {
  const std::string fifo = (folder_ / "fifo").string();
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  EXPECT_THAT(load(fifo), ElementsAre("W102 this is a FIFO, a workflow is a regular file"));
  EXPECT_THAT(load(folder_.string()), ElementsAre("W102 this is a folder, a workflow is a regular file"));
  EXPECT_THAT(load("/dev/zero"), ElementsAre("W102 this is a device, a workflow is a regular file"));
  EXPECT_THAT(load((folder_ / "none.yaml").string()), ElementsAre("W101 there is no such file"));
}

TEST_F(WorkflowFile, Y13_EmptyFilesAndFilesOfCommentsAreRejected) {
  EXPECT_THAT(load(write("")), ElementsAre("W104 the file is empty"));
  EXPECT_THAT(load(write(" \n\n")), ElementsAre("W104 the file is empty"));
  EXPECT_THAT(load(write("# later\n")), ElementsAre("W104 the file has nothing but comments"));
  EXPECT_THAT(load(write("---\n...\n")), ElementsAre("W104 the file has nothing but comments"));
}

TEST_F(WorkflowFile, Y08_LargeFilesAreRejectedImmediately) {
  EXPECT_THAT(load(write(std::string(10 << 20, '#'))),
              ElementsAre("W103 the file is larger than 1 MiB, the most that a workflow may have"));
  const std::clock_t begin = std::clock();  // of CPU time, independent of the machine's load
  std::string items = "ropewalk: 1\nstages:\n  - {name: a, task: sim.noop, foreach: [";
  while (items.size() < (1 << 20) - 10) items += "a,";
  EXPECT_THAT(diagnostics_of(items + "]}\n"),
              ElementsAre(HasSubstr("W116 the workflow has more than 100000 keys and values")));
  EXPECT_LT(std::clock() - begin, 5 * CLOCKS_PER_SEC);
}

TEST(WorkflowText, Y11_OtherEncodingsAreNamedInTheError) {
  using namespace std::string_literals;
  EXPECT_THAT(diagnostics_of("\xFF\xFEr\0o\0"s), ElementsAre("W105 the file is UTF-16, a workflow is plain UTF-8"));
  EXPECT_THAT(diagnostics_of("r\0o\0p\0e\0"s), ElementsAre("W105 the file is UTF-16, a workflow is plain UTF-8"));
  EXPECT_THAT(diagnostics_of("ropewalk: 1\nname: a\xff\n"), ElementsAre("2:8 W105 byte 0xff here is not UTF-8"));
}

TEST(WorkflowText, Y11_ALeadingByteOrderMarkIsSkippedAndShiftsNoPlace) {
  EXPECT_THAT(diagnostics_of("\xEF\xBB\xBFropewalk: 1\nstages: [{name: a, task: sim.noop}]\n"), IsEmpty());
  EXPECT_THAT(diagnostics_of("\xEF\xBB\xBFropewalk: 2\n"), Contains(StartsWith("1:11 W216")));
  EXPECT_THAT(diagnostics_of("\xEF\xBB\xBF"), ElementsAre("W104 the file is empty"));
  EXPECT_THAT(diagnostics_of("\xEF\xBB\xBF\xEF\xBB\xBFropewalk: 1\n"),
              ElementsAre("1:1 W106 the character \\ufeff must not stand in a workflow"));
}

TEST(WorkflowText, Y11_ControlCharactersAreRejectedWithTheirPlace) {
  using namespace std::string_literals;
  EXPECT_THAT(diagnostics_of("ropewalk: 1\nname: a\0b\n"s),
              ElementsAre("2:8 W106 the character \\x00 must not stand in a workflow"));
  EXPECT_THAT(diagnostics_of("name: \"\x1b[31m\"\n"),
              ElementsAre("1:8 W106 the character \\x1b must not stand in a workflow"));
  EXPECT_THAT(diagnostics_of("name: \xC3\xBC\xE2\x80\xAEx\n"),
              ElementsAre("1:8 W106 the character \\u202e must not stand in a workflow"));
  EXPECT_THAT(diagnostics_of("a: 1\rb: 2\n"), ElementsAre("1:5 W106 the character \\r must not stand in a workflow"));
}

TEST(WorkflowText, Y11_TabIndentationIsExplainedAndCrLfIsAccepted) {
  EXPECT_THAT(diagnostics_of("ropewalk: 1\nparams:\n\tx: 1\n"), ElementsAre("3:1 W108 a tab cannot indent in YAML"));
  EXPECT_THAT(diagnostics_of("ropewalk: 1\r\nstages:\r\n  - {name: a, task: sim.noop}\r\n"), IsEmpty());
}

TEST(WorkflowText, Y01_AliasBombsAreRejected) {
  const auto diagnostics = diagnostics_of("a: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]\n");
  EXPECT_THAT(diagnostics, Contains("1:4 W110 anchors (&) and aliases (*) are not part of a workflow"));
  EXPECT_THAT(diagnostics, Contains("3:5 W110 anchors (&) and aliases (*) are not part of a workflow"));
}

TEST(WorkflowText, Y02_CyclicAliasesAreRejected) {
  EXPECT_THAT(diagnostics_of("&x [*x]\n"),
              ElementsAre("1:1 W110 anchors (&) and aliases (*) are not part of a workflow",
                          "1:5 W110 anchors (&) and aliases (*) are not part of a workflow"));
  EXPECT_THAT(diagnostics_of("ropewalk: 1\nstages: *nope\n"),
              ElementsAre("2:9 W110 anchors (&) and aliases (*) are not part of a workflow"));
}

TEST(WorkflowText, Y03_NestingIsLimitedTo64) {
  const auto nested = [](std::size_t depth) {
    return "ropewalk: 1\nname: " + std::string(depth, '[') + std::string(depth, ']') + "\n";
  };
  EXPECT_THAT(diagnostics_of(nested(63)), testing::Not(Contains(HasSubstr("W115"))));
  for (const std::size_t depth : {std::size_t{64}, std::size_t{500}, std::size_t{100000}})
    EXPECT_THAT(diagnostics_of(nested(depth)),
                ElementsAre("2:70 W115 lists and maps are nested more than 64 deep here"));
}

TEST(WorkflowText, Y04_DuplicateKeysAreErrorsWithBothLines) {
  EXPECT_THAT(diagnostics_of(kGood + "name: x\nname: y\n"),
              ElementsAre("5:1 W113 the key 'name' is given twice, first in line 4"));
  EXPECT_THAT(diagnostics_of("ropewalk: 1\nstages:\n  - name: a\n    task: sim.noop\n    \"name\": b\n"),
              ElementsAre("5:5 W113 the key 'name' is given twice, first in line 3"));
}

TEST(WorkflowText, Y05_ContentAfterTheDocumentIsAnError) {
  EXPECT_THAT(diagnostics_of(kGood + "---\nropewalk: 1\n"), ElementsAre("4:1 W114 a second document begins here"));
  EXPECT_THAT(diagnostics_of(kGood + "...\nfoo: 1\n"),
              ElementsAre("5:1 W114 there is more text here, behind the end of the document"));
  EXPECT_THAT(diagnostics_of("{ropewalk: 1, stages: []} x\n"),
              ElementsAre("1:27 W114 there is more text here, behind the end of the document"));
  EXPECT_THAT(diagnostics_of(kGood + "}\n"), ElementsAre("4:1 W107 nothing is open that '}' could close"));
  EXPECT_THAT(diagnostics_of(","), ElementsAre(HasSubstr("1:1 W114")));
  EXPECT_THAT(diagnostics_of("---\n" + kGood + "...\n# the end\n"), IsEmpty());
}

TEST(WorkflowText, Y12_TagsMergesAndDirectivesAreRejected) {
  EXPECT_THAT(
      diagnostics_of("ropewalk: 1\nname: !!python/object x\nstages: !include foo\n"),
      ElementsAre("2:7 W111 tags (!) are not part of a workflow", "3:9 W111 tags (!) are not part of a workflow"));
  EXPECT_THAT(diagnostics_of("ropewalk: 1\nparams:\n  <<: {a: 1}\nstages:\n  - {name: a, task: sim.noop}\n"),
              ElementsAre("3:3 W112 merge keys (<<) are not part of a workflow"));
  EXPECT_THAT(diagnostics_of("%YAML 1.1\n---\n" + kGood),
              ElementsAre("1:1 W107 directives (%) are not part of a workflow"));
}

TEST(WorkflowText, UnclosedQuotesAreReportedWhereTheyOpen) {
  EXPECT_THAT(diagnostics_of("ropewalk: 1\nname: \"abc\nstages: []\n"),
              ElementsAre("2:7 W109 the text that begins with this quote never ends"));
  EXPECT_THAT(diagnostics_of("ropewalk: 1\nname: 'abc\n"),
              ElementsAre("2:7 W109 the text that begins with this quote never ends"));
  const auto later = parse_workflow("ropewalk: 1\nname: \"abc\nstages:\n  - {name: \"a\", task: sim.noop}\n", "x");
  ASSERT_FALSE(later);
  EXPECT_THAT(later.error().list.at(0).notes,
              Contains("the quoted text before it begins in line 2; is its closing quote missing?"));
}

TEST(WorkflowText, UnclosedBracketsAreReportedWhereTheyOpen) {
  EXPECT_THAT(diagnostics_of("ropewalk: 1\nstages: [{name: a, task: sim.noop\n"),
              ElementsAre("2:10 W107 the { } that begins here is never closed"));
  EXPECT_THAT(diagnostics_of("{ropewalk: 1"), ElementsAre("1:1 W107 the { } that begins here is never closed"));
}

TEST(WorkflowText, ExpressionsThatYamlCutsShortAreExplained) {
  const auto in_stage = [](const std::string& rest) {
    return "ropewalk: 1\nstages:\n  - name: a\n    task: sim.echo\n    " + rest;
  };
  EXPECT_THAT(diagnostics_of(in_stage("with: {value: ${{ item }}}\n")),
              ElementsAre("5:19 W117 YAML ends this text inside its ${{ }}"));
  EXPECT_THAT(diagnostics_of(in_stage("with: {value: [x-${{ item }}]}\n")),
              ElementsAre("5:22 W117 YAML ends this text inside its ${{ }}"));
  EXPECT_THAT(diagnostics_of(in_stage("with:\n      value: ${{ a ? b : c }}\n")),
              ElementsAre("6:14 W117 YAML ends this text inside its ${{ }}"));
  EXPECT_THAT(diagnostics_of(in_stage("with:\n      value: ${{ item # 3 }}\n")),
              ElementsAre("6:14 W117 YAML ends this text inside its ${{ }}"));
  EXPECT_THAT(diagnostics_of(in_stage("with:\n      value: ${{ item }}\n")), IsEmpty());
}

}  // namespace
}  // namespace ropewalk
