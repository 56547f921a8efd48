#include "items/item_lists.hpp"
#include "support/plans.hpp"

#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>
#include <unistd.h>

namespace ropewalk {
namespace {

using test::diagnostics_of;
using test::items_of;
using test::plan_of;
using testing::ElementsAre;
using testing::IsEmpty;

std::string stage(const std::string& foreach_value, const std::string& params = "{}") {
  return "ropewalk: 1\nparams: " + params +
         "\nstages:\n  - name: a\n    task: sim.noop\n    foreach: " + foreach_value + "\n";
}
std::vector<std::string> items(const std::string& foreach_value, const std::string& params = "{}") {
  const auto plan = plan_of(stage(foreach_value, params));
  return plan ? items_of(*plan, 0) : diagnostics_of(stage(foreach_value, params));
}

TEST(Items, WithoutForeachThereIsOneTaskWithoutAnItem) {
  const auto plan = plan_of("ropewalk: 1\nstages:\n  - {name: a, task: sim.noop}\n");
  ASSERT_TRUE(plan);
  EXPECT_FALSE(plan->stages[0].items->fans_out());
  EXPECT_THAT(items_of(*plan, 0), ElementsAre("null"));
}

TEST(Items, ListsKeepTheTypesOfTheirElements) {
  EXPECT_THAT(items("[1, 2.0, true, text, '010', [a], {k: v}]"),
              ElementsAre("1", "2.0", "true", "\"text\"", "\"010\"", "[\"a\"]", "{\"k\": \"v\"}"));
  EXPECT_THAT(items("[]"), IsEmpty());
  EXPECT_THAT(items("[1, yes]"),
              ElementsAre("6:18 W204 an element of 'foreach': 'yes' can be read in more than one way"));
  EXPECT_THAT(items("[1, ~]"), ElementsAre("6:18 W209 an element of 'foreach' is '~', which is no value"));
  EXPECT_THAT(items("${{ params.all }}", "{all: [1, 2]}"), ElementsAre("1", "2"));
  EXPECT_THAT(items("[a, \"${{ params.one }}\"]", "{one: 5}"), ElementsAre("\"a\"", "5"));
  EXPECT_THAT(items("${{ params.n }}", "{n: 5}"), ElementsAre("6:18 W204 'foreach' wants a list, but this is an int"));
}

TEST(Items, AMatrixIsEveryCombinationTheLastAxisFastest) {
  EXPECT_THAT(items("{matrix: {a: [1, 2], b: [x, z]}}"), ElementsAre(R"({"a": 1, "b": "x"})", R"({"a": 1, "b": "z"})",
                                                                     R"({"a": 2, "b": "x"})", R"({"a": 2, "b": "z"})"));
  EXPECT_THAT(
      items("{matrix: {b: [x, z], a: \"${{ range(params.n) }}\"}}", "{n: 2}"),
      ElementsAre(R"({"a": 0, "b": "x"})", R"({"a": 1, "b": "x"})", R"({"a": 0, "b": "z"})", R"({"a": 1, "b": "z"})"));
  EXPECT_THAT(items("{matrix: {a: [1, 2], b: []}}"), IsEmpty());
}

TEST(Items, OfAMatrixAreLeftOutWhatAnExcludeFitsAndAppendedWhatIsIncluded) {
  EXPECT_THAT(items("{matrix: {a: [1, 2], b: [x, z]}, exclude: [{a: 1, b: z}, {a: 2.0, b: x}]}"),
              ElementsAre(R"({"a": 1, "b": "x"})", R"({"a": 2, "b": "z"})"));
  EXPECT_THAT(items("{matrix: {a: [1, 2], b: [x, z]}, exclude: [{a: 1}], include: [{a: 7, b: w}]}"),
              ElementsAre(R"({"a": 2, "b": "x"})", R"({"a": 2, "b": "z"})", R"({"a": 7, "b": "w"})"));
  EXPECT_THAT(items("{matrix: {a: [1]}, exclude: [{}]}"), IsEmpty()) << "what says nothing fits everything";
}

TEST(Items, AnExcludeThatFitsNothingThatIsWrittenOutIsAMistake) {
  EXPECT_THAT(items("{matrix: {a: [1, 2], b: [x, z]}, exclude: [{a: 3, b: x}, {b: '1'}]}"),
              ElementsAre("6:61 W224 this exclude fits no combination: the axis 'a' has no value 3",
                          "6:75 W224 this exclude fits no combination: the axis 'b' has no value \"1\""));
  EXPECT_THAT(items("{matrix: {a: [1, 2]}, exclude: [{a: 1.0}]}"), ElementsAre(R"({"a": 2})"));
  const auto plan = plan_of(stage("{matrix: {a: \"${{ range(params.n) }}\"}, exclude: [{a: 5}, {a: 1}]}", "{n: 2}"));
  ASSERT_TRUE(plan) << "an axis that is computed may be long enough another time";
  const auto opened = plan->stages[0].items->open(Scope{.params = plan->params});
  ASSERT_TRUE(opened);
  EXPECT_EQ((*opened)->remark(), "the exclude {\"a\": 5} fits no combination");
}

TEST(Items, AnIncludeHasAValueForEachAxisAndNoOther) {
  EXPECT_THAT(items("{matrix: {size: [1], color: [red]}, include: [{size: 2}]}"),
              ElementsAre("6:60 W306 this element of 'include' has no value for color"));
  EXPECT_THAT(items("{matrix: {size: [1], color: [red]}, include: [{size: 2, colour: red}]}"),
              ElementsAre("6:70 W306 the matrix has no axis 'colour'; did you mean 'color'?"));
  EXPECT_THAT(items("{matrix: {size: [1]}, include: [{size: 2, note: x}]}"),
              ElementsAre("6:56 W306 the matrix has no axis 'note'"));
}

TEST(Items, ThatNothingReadsAreAWarning) {
  const auto warnings = [](const std::string& rest) {
    const auto plan = plan_of("ropewalk: 1\nstages:\n  - {name: a, task: " + rest + "}\n");
    std::vector<std::string> said;
    if (!plan) return std::vector<std::string>{plan.error().list.front().message};
    for (const Error& warning : plan->warnings)
      said.push_back(
          fmt::format("{}:{} {} {}", warning.place.line, warning.place.column, warning.code, warning.message));
    return said;
  };
  const std::string expected = "3:45 W225 no expression of stage 'a' reads its item, so all of its tasks do the same";
  EXPECT_THAT(warnings("sim.echo, foreach:          [1, 2], with: {value: 1}").size(), 1u);
  EXPECT_THAT(warnings("sim.echo, foreach:      [1, 2], with: {value: 1}"), ElementsAre(expected));
  EXPECT_THAT(warnings("sim.echo, foreach: {range: 5}, with: {value: 1}"), IsEmpty()) << "a range may repeat something";
  EXPECT_THAT(warnings("sim.noop, foreach: [1, 2]"), IsEmpty()) << "it takes no parameters";
  EXPECT_THAT(warnings("sim.echo, foreach: [1, 2], with: {value: \"${{ index }}\"}"), IsEmpty());
  EXPECT_THAT(warnings("sim.echo, foreach: [1, 2], with: {value: 1}, outputs: {of: \"${{ item }}\"}"), IsEmpty());
  EXPECT_THAT(warnings("sim.echo, foreach: [1, 2], vars: {v: \"${{ item }}\"}, with: {value: \"${{ vars.v }}\"}"),
              IsEmpty());
}

TEST(Items, OfAMatrixHaveMembersThatAreChecked) {
  const auto reading = [](const std::string& with) {
    return diagnostics_of(
        "ropewalk: 1\nstages:\n  - name: a\n    task: sim.types\n    foreach: {matrix: {size: [1, 2], color: [red]}}\n "
        "   with: {" +
        with + "}\n");
  };
  EXPECT_THAT(reading("count: \"${{ item.size }}\", text: \"${{ item.color }}\""), IsEmpty());
  EXPECT_THAT(reading("count: \"${{ item.colour }}\""),
              ElementsAre("6:29 W306 an item has no 'colour'; did you mean 'color'?"));
  EXPECT_THAT(reading("count: \"${{ item.color }}\""),
              ElementsAre("6:24 W204 parameter 'count' wants an int, but this is text"));
}

TEST(Items, Y17_AMatrixThatIsTooLargeIsRefusedBeforeAnythingIsAllocated) {
  EXPECT_THAT(items("{matrix: {a: \"${{ range(100000) }}\", b: \"${{ range(100000) }}\"}}"),
              ElementsAre("6:23 W217 this matrix has too many items: a stage has at most 1,000,000,000 tasks"));
}

TEST(Items, JsonLinesKeepTheirTypes) {
  const auto file = std::filesystem::temp_directory_path() / ("ropewalk-jsonl-" + std::to_string(::getpid()));
  std::ofstream(file) << "{\"a\": 1, \"b\": [true, null, 1.0]}\n\"x\"\r\n-9223372036854775808";
  EXPECT_THAT(items("{jsonl: " + file.string() + "}"),
              ElementsAre(R"({"a": 1, "b": [true, null, 1.0]})", "\"x\"", "-9223372036854775808"));
  std::ofstream(file) << "1\n{\"a\": }\n[1] 2\n{\"a\": 1, \"a\": 2}\n9223372036854775808\n1e999\n\n \n" +
                             std::string(65, '[') + "\n1\n";
  const auto plan = plan_of(stage("{jsonl: " + file.string() + "}"));
  ASSERT_TRUE(plan);
  const auto opened = plan->stages[0].items->open(Scope{.params = plan->params});
  ASSERT_TRUE(opened);
  std::vector<std::string> said;
  for (std::uint64_t i = 0; i < (*opened)->size(); ++i) {
    Value value;
    std::string problem;
    said.push_back((*opened)->read(i, value, problem) ? to_json(value) : problem.substr(problem.find(':')));
  }
  EXPECT_THAT(said, ElementsAre("1", ":2: it is no JSON from character 7 on", ":3: it is no JSON from character 5 on",
                                ":4: the key 'a' is there twice", ":5: a number is too large for an int (64 bits)",
                                ":6: it is no JSON from character 5 on", ":9: it is nested more than 64 deep", "1"));
  std::filesystem::remove(file);
}

TEST(Items, RangesCountFromZeroOrIncludeTheirEnd) {
  EXPECT_THAT(items("{range: 3}"), ElementsAre("0", "1", "2"));
  EXPECT_THAT(items("{range: 0}"), IsEmpty());
  EXPECT_THAT(items("{range: {from: 1, to: 3}}"), ElementsAre("1", "2", "3"));
  EXPECT_THAT(items("{range: {to: 2}}"), ElementsAre("0", "1", "2"));
  EXPECT_THAT(items("{range: {from: 0, to: 10, step: 4}}"), ElementsAre("0", "4", "8"));
  EXPECT_THAT(items("{range: {from: 3, to: 1, step: -1}}"), ElementsAre("3", "2", "1"));
  EXPECT_THAT(items("{range: {from: 3, to: 1}}"), IsEmpty());
  EXPECT_THAT(items("{range: \"${{ params.n }}\"}", "{n: 2}"), ElementsAre("0", "1"));
  EXPECT_THAT(items("{range: -1}"), ElementsAre("6:22 W205 'range' must be at least 0, this is -1"));
  EXPECT_THAT(items("{range: {to: 3, step: 0}}"), ElementsAre("6:36 W205 the 'step' of a range must not be 0"));
  EXPECT_THAT(items("{range: 010}"), ElementsAre("6:22 W204 'range' wants an int, but '010' has a leading zero"));
}

TEST(Items, Y17_AFanOutThatIsTooLargeIsRefusedBeforeAnythingIsAllocated) {
  const std::string refused = "6:22 W217 this range has too many items: a stage has at most 1,000,000,000 tasks";
  EXPECT_THAT(items("{range: 1000000000000}"), ElementsAre(refused));
  EXPECT_THAT(items("{range: {from: -9223372036854775808, to: 9223372036854775807}}"), ElementsAre(refused));
  EXPECT_THAT(items("{range: \"${{ params.n }}\"}", "{n: 1000000001}"), ElementsAre(refused));
  const auto plan = plan_of(stage("{range: 1000000000}"));
  ASSERT_TRUE(plan);
  const auto list = plan->stages[0].items->open(Scope{.params = plan->params});
  ASSERT_TRUE(list);
  EXPECT_EQ((*list)->size(), 1000000000u);
  EXPECT_EQ((*list)->at(999999999), Value(999999999));
}

TEST(Items, CountsRangesWithoutOverflow) {
  constexpr std::int64_t kLow = std::numeric_limits<std::int64_t>::min(),
                         kHigh = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(count_range(kLow, kHigh, 1), std::nullopt);
  EXPECT_EQ(count_range(kHigh, kLow, -1), std::nullopt);
  EXPECT_EQ(count_range(kLow, kHigh, kHigh), 3u);
  EXPECT_EQ(count_range(kHigh, kLow, kLow), 2u);
  EXPECT_EQ(count_range(5, 5, 1), 1u);
  EXPECT_EQ(count_range(5, 4, 1), 0u);
}

class ItemFiles : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/ropewalk-items-XXXXXX";
    ASSERT_NE(::mkdtemp(name), nullptr);
    root_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(root_); }
  void write(const std::string& name, const std::string& text) {
    std::ofstream(root_ / name, std::ios::binary) << text;
  }
  std::string param() const { return "{root: \"" + root_.string() + "\"}"; }
  std::filesystem::path root_;
};

TEST_F(ItemFiles, LinesLoseTheirEndsAndEmptyOnesStay) {
  write("l", "a\n\nb\r\n  c \nlast");
  EXPECT_THAT(items("{lines: \"${{ params.root }}/l\"}", param()),
              ElementsAre("\"a\"", "\"\"", "\"b\"", "\"  c \"", "\"last\""));
  write("l", "");
  EXPECT_THAT(items("{lines: \"${{ params.root }}/l\"}", param()), IsEmpty());
  write("l", "\n");
  EXPECT_THAT(items("{lines: \"${{ params.root }}/l\"}", param()), ElementsAre("\"\""));
}

TEST_F(ItemFiles, LinesMayEndWithNulAsFindWritesThem) {
  const std::string of = "file: \"${{ params.root }}/l\"";
  write("l", std::string("./a\nb\0./c\xff\0", 10));
  EXPECT_THAT(items("{lines: {" + of + ", end: \"\\0\"}}", param()),
              ElementsAre("\"./a\\nb\"", "{\"base64\": \"Li9j/w==\"}"));
  write("l", "a;b");
  EXPECT_THAT(items("{lines: {" + of + ", end: ;}}", param()), ElementsAre("\"a\"", "\"b\""));
  EXPECT_THAT(items("{lines: {" + of + "}}", param()), ElementsAre("\"a;b\""));
}

TEST(Items, TheEndOfLinesIsOneCharacter) {
  EXPECT_THAT(items("{lines: {file: f, end: '\\0'}}"),
              ElementsAre("6:37 W209 'end' wants one ASCII character, but this is '\\0'"));
  EXPECT_THAT(items("{lines: {file: f, end: \"\"}}"),
              ElementsAre("6:37 W209 'end' wants one ASCII character, but this is ''"));
  EXPECT_THAT(items("{lines: {file: f, end: \u00e4}}"),
              ElementsAre("6:37 W209 'end' wants one ASCII character, but this is '\u00e4'"));
  EXPECT_THAT(items("{lines: {ends: x}}"), ElementsAre("6:15 W208 'lines' has no 'file'",
                                                       "6:23 W207 'lines' has no key 'ends'; did you mean 'end'?"));
  EXPECT_THAT(items("{jsonl: {file: f}}"),
              ElementsAre("6:22 W209 'jsonl' wants the name of a file, but this is a map"));
}

TEST(Items, StandardInputByAnyOfItsNamesIsReadOnce) {
  const std::string twice =
      "ropewalk: 1\nstages:\n  - {name: a, task: sim.noop, foreach: {lines: /dev/stdin}}\n  - {name: b, task: "
      "sim.noop, foreach: {lines: {file: \"-\"}}}\n";
  EXPECT_THAT(diagnostics_of(twice), ElementsAre("4:48 W219 standard input can be read once, and it is read already"));
}

TEST_F(ItemFiles, LinesThatAreNotTextArePaths) {
  write("l", "a\xff\n");
  EXPECT_THAT(items("{lines: \"${{ params.root }}/l\"}", param()), ElementsAre("{\"base64\": \"Yf8=\"}"));
}

TEST_F(ItemFiles, LinesOfWhatIsNoFileAreAnError) {
  const std::string root = root_.string();
  EXPECT_THAT(items("{lines: \"${{ params.root }}/none\"}", param()),
              ElementsAre("R202 cannot read lines from '" + root + "/none': there is no such file"));
  EXPECT_THAT(items("{lines: \"${{ params.root }}\"}", param()),
              ElementsAre("R202 cannot read lines from '" + root + "': it is a folder"));
}

TEST_F(ItemFiles, TextFromAnExpressionIsLiteralInAPattern) {
  std::filesystem::create_directory(root_ / "[x]*");
  write("[x]*/f", "");
  const std::string params = "{root: \"" + root_.string() + "/[x]*\"}";
  EXPECT_THAT(items("{glob: \"${{ params.root }}/*\"}", params), ElementsAre("\"" + root_.string() + "/[x]*/f\""));
  EXPECT_THAT(items("{glob: [\"${{ params.root }}/**\", \"${{ params.root }}/f\"]}", params),
              ElementsAre("\"" + root_.string() + "/[x]*/f\""));
}

TEST(Items, PatternsAreCheckedBeforeTheRun) {
  EXPECT_THAT(items("{glob: \"a[\"}"),
              ElementsAre("6:21 W209 this pattern cannot be used: a '[' is not closed; write \\[ for itself"));
  EXPECT_THAT(items("{glob: []}"), ElementsAre("6:21 W209 'glob' has no pattern"));
  EXPECT_THAT(items("{glob: \"${{ params.all }}\"}", "{all: [a]}"),
              ElementsAre("6:26 W204 a list cannot stand inside a pattern"));
}

TEST(Items, AreMadeOfResultsOfStagesThatHaveEnded) {
  const auto plan = plan_of(
      "ropewalk: 1\nstages:\n  - {name: a, task: sim.types}\n  - {name: b, task: sim.noop, foreach: \"${{ "
      "stages.a.result.names }}\"}\n");
  ASSERT_TRUE(plan);
  test::FakeResults results;
  results.results[0][0] = Map{{"names", List{"x", "y"}}};
  EXPECT_THAT(items_of(*plan, 1, &results), ElementsAre("\"x\"", "\"y\""));
  results.results[0].clear();
  EXPECT_THAT(items_of(*plan, 1, &results),
              ElementsAre("R203 'foreach': ${{ stages.a.result.names }}: stage 'a' has no result"));
}

}  // namespace
}  // namespace ropewalk
