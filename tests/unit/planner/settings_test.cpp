#include "support/plans.hpp"

#include <ropewalk/redaction.hpp>

#include <gmock/gmock.h>

#include <algorithm>

namespace ropewalk {
namespace {

using testing::ElementsAre;

const std::string kParams =
    "ropewalk: 1\nparams:\n  width: {type: int, default: 3, min: 1}\n  root: {type: path, help: folder to read, "
    "default: .}\n"
    "  wait: {type: duration, default: 1s}\n  tags: {type: list, of: text, default: []}\n  numbers: {type: list, of: "
    "int, default: [1]}\n"
    "  env: {type: map, of: text, default: {}}\n  any: {type: any, default: 1}\n  key: {type: int, secret: true, "
    "default: 4217}\n"
    "stages:\n  - {name: a, task: sim.noop}\n";

/// The param's value as JSON after these --set, or the first diagnostic.
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

/// The param's value after these sources, or the first diagnostic.
std::string from(const std::string& name, PlanOptions options) {
  const auto plan = test::plan_of(kParams, options);
  if (!plan) return plan.error().list.at(0).code + " " + plan.error().list.at(0).message;
  return to_json(plan->params.at(name));
}

TEST(Settings, TheNearerSourceWins) {
  EXPECT_EQ(from("width",
                 {.set = {"width=1"}, .set_files = {{"width", "2"}}, .environment = {{"ROPEWALK_PARAM_WIDTH", "4"}}}),
            "1");
  EXPECT_EQ(from("width", {.set_files = {{"width", "2"}}, .environment = {{"ROPEWALK_PARAM_WIDTH", "4"}}}), "2");
  EXPECT_EQ(from("width", {.environment = {{"ROPEWALK_PARAM_WIDTH", "4"}}}), "4");
  EXPECT_EQ(from("tags", {.set_files = {{"tags", "a"}, {"tags", "b"}}, .environment = {{"ROPEWALK_PARAM_TAGS", "c"}}}),
            R"(["a", "b"])");
  EXPECT_EQ(from("tags", {.environment = {{"ROPEWALK_PARAM_TAGS", R"(["c", "d"])"}}}), R"(["c", "d"])");
  EXPECT_EQ(from("any", {.set_files = {{"any", "two\nlines"}}}), R"("two\nlines")");
}

TEST(Settings, MistakesOfEverySourceNameIt) {
  EXPECT_EQ(from("width", {.set_files = {{"width", "wide"}}}),
            "C202 --set-file width: param 'width' wants an int, but 'wide' is none");
  EXPECT_EQ(from("width", {.environment = {{"ROPEWALK_PARAM_WIDTH", "0"}}}),
            "C202 ROPEWALK_PARAM_WIDTH: param 'width' must be at least 1");
  EXPECT_EQ(from("width", {.set_files = {{"widht", "3"}}}),
            "C201 --set-file widht: the workflow has no param of that name; did you mean 'width'?");
  EXPECT_EQ(from("width", {.set = {"width=wide"}, .set_files = {{"width", "2"}}}),
            "C202 --set width: param 'width' wants an int, but 'wide' is none");
  EXPECT_EQ(from("key", {.set_files = {{"key", "hunter2"}}}),
            "C202 --set-file key: the value of the secret param 'key' does not fit: it wants an int");
}

TEST(Settings, AVariableOfAnotherWorkflowIsIgnoredAndATypingMistakeIsAWarning) {
  const auto plan = test::plan_of(
      kParams, {.environment = {{"ROPEWALK_PARAM_PASSPHRASE_OF_ANOTHER", "x"}, {"ROPEWALK_PARAM_WIDHT", "7"}}});
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->params.at("width"), Value(3));
  std::vector<std::string> warnings;
  for (const Error& warning : plan->warnings)
    if (warning.code == "C209") warnings.push_back(warning.message);
  EXPECT_THAT(warnings, ElementsAre("ROPEWALK_PARAM_WIDHT is set, but the workflow has no param of that name; did you "
                                    "mean 'ROPEWALK_PARAM_WIDTH'?"));
}

TEST(Settings, AVariableThatCouldBeTwoParamsIsAMistake) {
  const std::string text = "ropewalk: 1\nparams: {a-b: 1, a_b: 2}\nstages:\n  - {name: s, task: sim.noop}\n";
  EXPECT_TRUE(test::plan_of(text, {}));
  const auto plan = test::plan_of(text, {.environment = {{"ROPEWALK_PARAM_A_B", "3"}}});
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().list.at(0).message, "ROPEWALK_PARAM_A_B could be param 'a-b' or 'a_b'");
}

TEST(Settings, AShortSecretIsAWarning) {
  const auto warned = [](const std::string& given) {
    const auto plan = test::plan_of(
        "ropewalk: 1\nparams: {key: {type: text, secret: true, default: \"\"}}\nstages:\n  - {name: s, task: "
        "sim.noop}\n",
        {.set = {"key=" + given}});
    return plan && std::any_of(plan->warnings.begin(), plan->warnings.end(),
                               [](const Error& each) { return each.code == "W226"; });
  };
  EXPECT_TRUE(warned("abc"));
  EXPECT_FALSE(warned("abcd"));
  EXPECT_FALSE(warned(""));
}

/// A plugin `vault` with a parameter that is secret by itself.
class Vault final : public PluginSource {
 public:
  Result<std::shared_ptr<const Plugin>> plugin(std::string_view, const PluginRequest&) override {
    auto made = std::make_shared<Plugin>();
    made->name = "vault";
    made->task_types.push_back(
        test::task_type("login", {test::field("user", Type::text), test::field("token", Type::text)}, {}));
    made->task_types.back().params.back().secret = true;
    return std::shared_ptr<const Plugin>(made);
  }
  std::vector<std::string> names(const std::vector<std::filesystem::path>&) override { return {"vault"}; }
};

TEST(Settings, WhatATaskTypeDeclaresAsSecretIsOne) {
  const auto hidden = [](const std::string& with, const std::string& text) {
    const auto workflow = parse_workflow(
        "ropewalk: 1\nstages:\n  - {name: s, task: vault.login, foreach: [swordfish], with: " + with + "}\n", "w.yaml");
    Vault vault;
    const auto plan = make_plan(*workflow, vault, {.cores = 1});
    return plan ? plan->redaction ? plan->redaction->text(text) : text : plan.error().list.front().message;
  };
  EXPECT_EQ(hidden("{user: swordfish}", "swordfish"), "swordfish");
  EXPECT_EQ(hidden("{user: me, token: swordfish}", "me: swordfish"), "me: ***");
  EXPECT_EQ(hidden("{token: \"${{ item }}\"}", "swordfish"), "swordfish") << "it is another one for each task";
}

TEST(Settings, ASecretIsInNoMistakeOfThePlan) {
  const auto plan = test::plan_of(
      "ropewalk: 1\nparams: {key: {type: text, secret: true, default: swordfish}}\n"
      "stages:\n  - {name: s, task: sim.noop, executor: \"${{ params.key }}\"}\n  - {name: t, task: sim.noop, timeout: "
      "swordfish}\n",
      {});
  ASSERT_FALSE(plan);
  for (const Error& error : plan.error().list) {
    EXPECT_EQ(error.message.find("swordfish"), std::string::npos) << error.message;
    EXPECT_EQ(error.place.source.find("swordfish"), std::string::npos) << error.place.source;
  }
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
  EXPECT_THAT(test::diagnostics_of(text), ElementsAre("C203 param 'root' has no default and is not set",
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
