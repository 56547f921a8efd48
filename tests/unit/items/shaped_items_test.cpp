// Items that are made of those of a source: zip, where, shuffle and batch, and globs below a folder.

#include "items/item_lists.hpp"
#include "items/permutation.hpp"
#include "support/plans.hpp"
#include "support/scratch.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <unistd.h>

namespace ropewalk {
namespace {

using test::diagnostics_of;
using test::items_of;
using test::plan_of;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

std::string stage_over(const std::string& source, const std::string& params = "{}") {
  return "ropewalk: 1\nparams: " + params + "\nstages:\n  - name: a\n    task: sim.noop\n    foreach: " + source + "\n";
}
std::vector<std::string> shaped(const std::string& source, const std::string& params = "{}") {
  const auto plan = plan_of(stage_over(source, params));
  return plan ? items_of(*plan, 0) : diagnostics_of(stage_over(source, params));
}

TEST(ShapedItems, AListMayStandBehindItsKey) {
  EXPECT_THAT(shaped("{list: [a, 1]}"), ElementsAre("\"a\"", "1"));
  EXPECT_THAT(shaped("{list: \"${{ range(2) }}\"}"), ElementsAre("0", "1"));
  EXPECT_THAT(
      shaped("{list: 3}"),
      ElementsAre("6:21 W209 'list' wants a list, or an expression that gives one, but this is a single value"));
}

TEST(ShapedItems, AZipHasTheElementsOfItsListsSideBySide) {
  EXPECT_THAT(shaped("{zip: {from: [1, 2], to: [x, z]}}"),
              ElementsAre(R"({"from": 1, "to": "x"})", R"({"from": 2, "to": "z"})"));
  EXPECT_THAT(shaped("{zip: {a: \"${{ range(params.n) }}\", b: [x, z]}}", "{n: 2}"),
              ElementsAre(R"({"a": 0, "b": "x"})", R"({"a": 1, "b": "z"})"));
  EXPECT_THAT(shaped("{zip: {a: [], b: []}}"), IsEmpty());
  EXPECT_THAT(shaped("{zip: {a: [1, 2], b: [x]}}"),
              ElementsAre("6:35 W209 the lists of 'zip' have one length, but 'a' has 2 and 'b' has 1"));
  EXPECT_THAT(shaped("{zip: {}}"), ElementsAre("6:20 W209 'zip' has no axis"));
  EXPECT_THAT(shaped("{zip: {A: [1]}}"), ElementsAre("6:21 W210 'A' is no name for an axis"));
}

TEST(ShapedItems, WhereKeepsItemsForWhichItIsTrue) {
  EXPECT_THAT(shaped("{range: 7, where: \"${{ item % 3 == 1 }}\"}"), ElementsAre("1", "4"));
  EXPECT_THAT(shaped("{list: [a, b, c], where: \"${{ index != 1 }}\"}"), ElementsAre("\"a\"", "\"c\""));
  EXPECT_THAT(shaped("{matrix: {a: [1, 2], b: [1, 2]}, where: \"${{ item.a < item.b }}\"}"),
              ElementsAre(R"({"a": 1, "b": 2})"));
  EXPECT_THAT(shaped("{range: 3, where: true}"), ElementsAre("0", "1", "2"));
  EXPECT_THAT(shaped("{range: 3, where: \"${{ params.all }}\"}", "{all: false}"), IsEmpty());
  EXPECT_THAT(shaped("{range: 3, where: \"${{ item }}\"}"),
              ElementsAre("6:37 W204 'where' wants a bool, but this is an int"));
  EXPECT_THAT(shaped("{list: [{a: 1}, {b: 1}], where: \"${{ item.a == 1 }}\"}").front().substr(0, 34),
              "R203 'foreach': 'where' of item 1:")
      << "an item without a value";
}

TEST(ShapedItems, AShuffleIsAnotherOrderOfAllItemsAndTheSameOneForTheSameNumber) {
  const auto once = shaped("{range: 100, shuffle: 1}"), again = shaped("{range: 100, shuffle: 1}"),
             other = shaped("{range: 100, shuffle: 2}"), plain = shaped("{range: 100}");
  EXPECT_EQ(once, again);
  EXPECT_NE(once, other);
  EXPECT_NE(once, plain);
  EXPECT_THAT(once, testing::UnorderedElementsAreArray(plain));
  EXPECT_THAT(shaped("{list: [a], shuffle: 5}"), ElementsAre("\"a\""));
  EXPECT_THAT(shaped("{list: [], shuffle: 5}"), IsEmpty());
}

TEST(ShapedItems, APermutationHasEachNumberOnce) {
  for (const std::uint64_t size : {1u, 2u, 3u, 4u, 5u, 1000u, 65'536u, 65'537u}) {
    const Permutation order(size, 42);
    std::vector<bool> seen(size);
    for (std::uint64_t i = 0; i < size; ++i) seen.at(order.at(i)) = true;
    EXPECT_EQ(std::count(seen.begin(), seen.end(), true), static_cast<std::ptrdiff_t>(size));
  }
  std::uint64_t fixed = 0;
  const Permutation order(10'000, 7);
  for (std::uint64_t i = 0; i < 10'000; ++i) fixed += order.at(i) == i ? 1 : 0;
  EXPECT_LT(fixed, 15u) << "one on average";
}

TEST(ShapedItems, ABatchIsAListOfItems) {
  EXPECT_THAT(shaped("{range: 5, batch: 2}"), ElementsAre("[0, 1]", "[2, 3]", "[4]"));
  EXPECT_THAT(shaped("{range: 4, batch: 2}"), ElementsAre("[0, 1]", "[2, 3]"));
  EXPECT_THAT(shaped("{range: 0, batch: 2}"), IsEmpty());
  EXPECT_THAT(shaped("{range: 9, where: \"${{ item > 5 }}\", batch: 2}"), ElementsAre("[6, 7]", "[8]"));
  EXPECT_THAT(shaped("{range: 4, shuffle: 3, batch: \"${{ params.n }}\"}", "{n: 4}").size(), 1u);
  EXPECT_THAT(shaped("{range: 4, batch: 0}"), ElementsAre("6:32 W205 'batch' lies between 1 and 1000000, this is 0"));
  EXPECT_THAT(shaped("{range: 4, batch: some}"), ElementsAre("6:32 W204 'batch' wants an int, but 'some' is none"));
  EXPECT_THAT(diagnostics_of("ropewalk: 1\nstages:\n  - name: a\n    task: sim.types\n    foreach: {range: 4, batch: "
                             "2}\n    with: {count: \"${{ item[0] }}\", text: \"${{ item }}\"}\n"),
              ElementsAre("6:48 W204 parameter 'text' wants text, but this is a list"))
      << "the type of its elements is known";
}

TEST(ShapedItems, ResultsOfAStageComeOneByOneAndHaveNoShape) {
  const std::string two =
      "ropewalk: 1\nstages:\n  - {name: a, task: sim.echo, with: {value: 1}}\n"
      "  - {name: b, task: sim.noop, foreach: {results: a, batch: 2}}\n";
  EXPECT_THAT(diagnostics_of(two),
              ElementsAre("4:53 W209 'batch' does not go with 'results', whose items come one by one "
                          "while the run lasts"));
}

TEST(ShapedItems, WaitForTheStagesThatTheKeysBesideTheSourceRead) {
  const auto waits = [](const std::string& source) {
    const auto plan = plan_of(
        "ropewalk: 1\nstages:\n  - {name: a, task: sim.echo, with: {value: 1}}\n"
        "  - {name: b, task: sim.noop, needs: [], foreach: " +
        source + "}\n");
    return plan ? plan->stages[1].waits.size() : 99;
  };
  EXPECT_EQ(waits("{range: 3}"), 0u);
  EXPECT_EQ(waits("{range: 3, where: \"${{ item < stages.a.succeeded }}\"}"), 1u);
  EXPECT_EQ(waits("{glob: \"*\", in: \"${{ stages.a.outcome }}\"}"), 1u);
  EXPECT_EQ(waits("{glob: \"*\", exclude: \"${{ stages.a.outcome }}\"}"), 1u);
  EXPECT_EQ(waits("{zip: {n: \"${{ stages.a.results[*].value }}\"}, batch: 2}"), 1u);
}

TEST(ShapedItems, OfAFileAreReadAsFarAsTheyAreWanted) {
  const test::Scratch folder;
  std::ofstream file(folder / "lines");
  for (int i = 0; i < 2'000'000; ++i) file << i << '\n';
  file.close();
  const std::string name = folder / "lines";
  const auto plan = plan_of(stage_over("{lines: " + name + ", where: \"${{ item != '1' }}\", batch: 1000}"));
  ASSERT_TRUE(plan);
  const auto opened = plan->stages[0].items->open(Scope{.params = plan->params});
  ASSERT_TRUE(opened);
  ItemList& list = **opened;
  EXPECT_FALSE(list.complete());
  EXPECT_GE(list.size(), 1000u);
  EXPECT_LT(list.size(), 2000u);
  EXPECT_EQ(list.at(0).element(1), Value("2"));
  std::string problem;
  while (!list.complete()) ASSERT_TRUE(list.grow(list.size() + 1, problem)) << problem;
  EXPECT_EQ(list.size(), 2000u);
  EXPECT_EQ(list.at(1999).list_size(), 999u);
  const auto shuffled = plan_of(stage_over("{lines: " + name + ", shuffle: 1}"));
  const auto all = shuffled->stages[0].items->open(Scope{.params = shuffled->params});
  EXPECT_EQ((*all)->size(), 0u) << "the order needs all of them";
  ASSERT_TRUE((*all)->grow(1, problem));
  EXPECT_EQ((*all)->size(), 2'000'000u);
}

TEST(ShapedItems, BlocksAreTextOrBytesAndTheirSizesAreChecked) {
  const test::Scratch folder;
  std::ofstream(folder / "lines") << "a\nb\nc\xe9\n";
  const std::string name = folder / "lines";
  EXPECT_THAT(shaped("{blocks: {file: " + name + ", lines: 2}}"), ElementsAre(R"("a\nb\n")", R"({"base64": "Y+kK"})"));
  EXPECT_THAT(shaped("{blocks: " + name + "}").size(), 1u);
  EXPECT_THAT(shaped("{blocks: {file: a, size: 1GiB}}"),
              ElementsAre("6:39 W205 'size' of a block lies between 1 and 67108864"));
  EXPECT_THAT(shaped("{blocks: {file: a, lines: 0}}"),
              ElementsAre("6:40 W205 'lines' of a block lies between 1 and 1000000000"));
  EXPECT_THAT(shaped("{blocks: {size: 1MiB}}"), ElementsAre("6:15 W208 'blocks' has no 'file'"));
}

TEST(ShapedItems, AGlobMayBeRelativeToAFolder) {
  const test::Scratch folder;
  const std::string base = folder / ".hidden {1}";
  std::filesystem::create_directories(base + "/src/build");
  for (const char* name : {"/a.c", "/src/b.c", "/src/build/c.c", "/src/b.h"}) std::ofstream(base + name) << "x";
  const std::string in = ", in: \"" + base + "\"}";
  EXPECT_THAT(shaped("{glob: \"**/*.c\"" + in), ElementsAre("\"a.c\"", "\"src/b.c\"", "\"src/build/c.c\""));
  EXPECT_THAT(shaped("{glob: [\"*.c\", \"src/*.h\"]" + in), ElementsAre("\"a.c\"", "\"src/b.h\""));
  EXPECT_THAT(shaped("{glob: \"**/\"" + in), UnorderedElementsAre("\"src\"", "\"src/build\""));
  EXPECT_THAT(shaped("{glob: \"**/*.c\", exclude: [\".*\", \"src/build/\"]" + in),
              ElementsAre("\"a.c\"", "\"src/b.c\""))
      << "excludes are relative, too, and do not see the folder";
  EXPECT_THAT(
      shaped("{glob: \"**/*.c\", in: \"${{ params.root }}\"}", "{root: {type: path, default: \"" + base + "\"}}")
          .size(),
      3u);
  EXPECT_THAT(shaped("{glob: \"/etc/*\"" + in).front().substr(5),
              "W209 'in' names the folder of the patterns, and one of them is absolute");
  EXPECT_THAT(shaped("{range: 3, in: a}"), ElementsAre("6:25 W209 'in' belongs to a 'glob', and here is none"));
}

}  // namespace
}  // namespace ropewalk
