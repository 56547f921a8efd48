#include "plans.hpp"

#include <gmock/gmock.h>

namespace ropewalk {
namespace {

using testing::ElementsAre;

const std::string kParams =
    "ropewalk: 1\nparams:\n  width: {type: int, default: 3, min: 1}\n  root: {type: path, help: folder to read, "
    "default: .}\n"
    "  wait: {type: duration, default: 1s}\n  tags: {type: list, of: text, default: []}\n  numbers: {type: list, of: "
    "int, default: [1]}\n"
    "  env: {type: map, of: text, default: {}}\n  any: {type: any, default: 1}\n  key: {type: int, secret: true, "
    "default: 1}\n"
    "stages:\n  - {name: a, task: sim.noop}\n";

/// The param's value as JSON after these --set, or the first mistake.
std::string set(const std::string& name, std::vector<std::string> settings) {
  const auto plan = test::plan_of(kParams, {.set = std::move(settings)});
  if (!plan) return plan.error().list.at(0).code + " " + plan.error().list.at(0).message;
  return to_json(plan->params.at(name));
}

TEST(Settings, DefaultsHoldUntilTheyAreSet) {
  EXPECT_EQ(set("width", {}), "3");
  EXPECT_EQ(set("width", {"width=640"}), "640");
  EXPECT_EQ(set("width", {"width=640", "width=5"}), "5");
  EXPECT_EQ(set("root", {"root=/a=b"}), "\"/a=b\"");
  EXPECT_EQ(set("root", {"root=010"}), "\"010\"");
  EXPECT_EQ(set("wait", {"wait=1m30s"}), "90.0");
  EXPECT_EQ(set("any", {"any=yes"}), "\"yes\"");
  EXPECT_EQ(set("any", {"any=2"}), "2");
}

TEST(Settings, ListsRepeatOrTakeJson) {
  EXPECT_EQ(set("tags", {"tags=a", "tags=yes"}), R"(["a", "yes"])");
  EXPECT_EQ(set("tags", {R"(tags=["a", "b\n"])"}), R"(["a", "b\n"])");
  EXPECT_EQ(set("tags", {"tags=a", "tags=[]"}), "[]");
  EXPECT_EQ(set("numbers", {"numbers=[1, 2]"}), "[1, 2]");
  EXPECT_EQ(set("numbers", {"numbers=4"}), "[4]");
  EXPECT_EQ(set("env", {R"(env={"A": "b"})"}), R"({"A": "b"})");
}

TEST(Settings, MistakesNameTheOptionAndTheWayOut) {
  EXPECT_EQ(set("width", {"widht=3"}),
            "C201 --set widht: the workflow has no param of that name; did you mean 'width'?");
  EXPECT_EQ(set("width", {"width"}), "C202 --set width: there is no value");
  EXPECT_EQ(set("width", {"width=wide"}), "C202 --set width: param 'width' wants an int, but 'wide' is none");
  EXPECT_EQ(set("width", {"width=0"}), "C202 --set width: param 'width' must be at least 1");
  EXPECT_EQ(set("wait", {"wait=5"}), "C202 --set wait: param 'wait' wants a duration, but '5' has no unit");
  EXPECT_EQ(set("numbers", {"numbers=[1, x]"}),
            "C202 --set numbers: an element of param 'numbers' wants an int, but 'x' is none");
  EXPECT_EQ(set("numbers", {"numbers=[1"}), "C202 --set numbers: the [ ] that begins here is never closed");
  EXPECT_EQ(set("env", {"env=a"}), "C202 --set env: param 'env' wants a map, but 'a' is a single value");
}

TEST(Settings, Y16_SecretsAreNotShown) {
  EXPECT_EQ(set("key", {"key=hunter2"}),
            "C202 --set key: the value of the secret param 'key' does not fit: it wants an int");
}

TEST(Settings, AParamWithoutDefaultMustBeSetAndCausesNoOtherMistake) {
  const std::string text =
      "ropewalk: 1\nparams: {root: {type: path, help: folder to read}, n: {type: int}}\n"
      "stages:\n  - {name: a, task: file.checksum, foreach: {range: \"${{ params.n }}\"}, with: {path: \"${{ "
      "params.root }}/${{ item }}\"}}\n";
  EXPECT_THAT(test::mistakes_of(text), ElementsAre("C203 param 'root' has no default and is not set",
                                                   "C203 param 'n' has no default and is not set"));
  const auto plan = test::plan_of(text);
  EXPECT_THAT(plan.error().list.at(0).notes, ElementsAre("give it with --set root=path (folder to read)"));
  const auto good = test::plan_of(text, {.set = {"root=/x", "n=2"}});
  ASSERT_TRUE(good);
  const Value item(1);
  EXPECT_THAT(test::parameters_of(*good, 0, &item), ElementsAre("0=path \"/x/1\""));
}

}  // namespace
}  // namespace ropewalk
