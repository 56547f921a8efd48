// No message about a workflow shows a secret, nor a part of one that an expression has cut out.

#include "support/plans.hpp"

#include "plan/items.hpp"

#include <ropewalk/redaction.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace ropewalk::test {
namespace {

using testing::AnyOf;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kSecret = "sesame-o[p]en/now";

/// All of what a refusal says, or of what the items of its first stage do.
std::string said(const std::string& text, PlanOptions options = {}) {
  std::string all;
  const auto add = [&](const std::vector<Error>& errors) {
    for (const Error& error : errors) {
      all += error.code + " " + error.message + "\n" + error.place.source + "\n";
      for (const std::string& note : error.notes) all += note + "\n";
    }
  };
  const auto plan = plan_of(text, std::move(options));
  if (!plan) return add(plan.error().list), all;
  add(plan->warnings);
  if (const auto items = plan->stages.at(0).items->open(Scope{.params = plan->params}))
    all += (*items)->remark();
  else
    add(items.error().list);
  return plan->redaction ? plan->redaction->text(all) : all;
}

std::string with_params(const std::string& stage) {
  return "ropewalk: 1\nparams:\n  pw: {type: text, secret: true}\nvars: {v: \"${{ trim(params.pw) }}\"}\nstages:\n- "
         "{name: s, " +
         stage + "}\n";
}

void expect_hidden(const std::string& text) {
  EXPECT_FALSE(text.empty());
  for (const char* part : {"sesame", "o[p]en", "o\\[p\\]en", "now"}) EXPECT_THAT(text, Not(HasSubstr(part)));
}

TEST(PlanSecrets, NoExpressionErrorShowsAPartOfOne) {
  for (const char* expression :
       {"int(params.pw)", "float(params.pw)", "int(vars.v)", "int(split(params.pw, '-')[0])", "int(stem(params.pw))",
        "from_base64(params.pw)", "int(format('{}', params.pw))", "int(replace(params.pw, '-', ' '))",
        "concat(params.pw)[3]", "range(int(basename(params.pw)))"}) {
    const std::string text =
        said(with_params("task: sim.echo, with: {value: \"${{ " + std::string(expression) + " }}\"}"),
             {.set = {std::string("pw=") + kSecret}});
    expect_hidden(text);
    EXPECT_THAT(text, HasSubstr("W308")) << expression;
    EXPECT_THAT(text, HasSubstr("the reason is not shown because it reads a secret")) << expression;
  }
}

TEST(PlanSecrets, NorDoOtherKindsOfMistakes) {
  for (const char* stage :
       {"task: sim.types, with: {count: \"${{ params.pw }}\"}", "task: sim.noop, executor: \"${{ params.pw }}\"",
        "task: sim.noop, workers: \"${{ int(params.pw) }}\"", "task: sim.noop, timeout: \"${{ params.pw }}\"",
        "task: sim.noop, if: \"${{ int(vars.v) > 3 }}\"", "task: sim.noop, after: \"${{ params.pw }}\"",
        "task: sim.noop, foreach: {range: \"${{ int(params.pw) }}\"}",
        "task: sim.noop, env: {A: \"${{ int(params.pw) }}\"}",
        "task: file.checksum, with: {path: a, algorithm: \"${{ params.pw }}\"}"})
    expect_hidden(said(with_params(stage), {.set = {std::string("pw=") + kSecret}}));
}

TEST(PlanSecrets, APatternThatContainsOneIsNotShown) {
  for (const char* pattern : {"/none/${{ params.pw }}/*", "/none/${{ params.pw }}", "${{ params.pw }}*",
                              "/none/{a,${{ stem(params.pw) }}}/*", "${{ trim(params.pw) }}/**"})
    expect_hidden(said(with_params("task: file.checksum, foreach: {glob: \"" + std::string(pattern) +
                                   "\"}, with: {path: \"${{ item }}\"}"),
                       {.set = {std::string("pw=") + kSecret}}));
}

TEST(PlanSecrets, AConstantOfTheWrongTypeIsNotShown) {
  const auto of_param = [](const char* rest) {
    return said("ropewalk: 1\nparams:\n  pw: {" + std::string(rest) +
                ", secret: true}\nstages:\n- {name: s, task: sim.noop}\n");
  };
  expect_hidden(of_param("type: int, default: sesame"));
  expect_hidden(of_param("type: text, default: sesame, choices: [o]"));
  expect_hidden(of_param("type: list, of: int, default: [1, sesame]"));
  expect_hidden(of_param("type: duration, default: sesame"));
}

TEST(PlanSecrets, WhatATaskTypeDeclaresAsOneIsNotShown) {
  FakePlugins plugins;
  Plugin vault;
  vault.name = "vault";
  vault.version = "1.0.0";
  Field pin = limited(field("pin", Type::integer), 1, 9);
  pin.secret = true;
  Field key = field("key", Type::list, false, Type::text);
  key.secret = true;
  vault.task_types.push_back(task_type("open", {pin, key}, {}));
  struct WithVault final : PluginSource {
    explicit WithVault(Plugin plugin) : vault(std::make_shared<const Plugin>(std::move(plugin))) {}
    Result<std::shared_ptr<const Plugin>> plugin(std::string_view, const PluginRequest&) override { return vault; }
    std::vector<std::string> names(const std::vector<std::filesystem::path>&) override { return {"vault"}; }
    std::shared_ptr<const Plugin> vault;
  } source(vault);
  for (const char* with : {"pin: sesame", "pin: 4711", "pin: [sesame]", "pin: \"${{ 'sesame' }}\"", "key: {sesame: 1}",
                           "key: [sesame, [now]]", "pin: \"${{ int('sesame') }}\""}) {
    const auto workflow = parse_workflow(
        "ropewalk: 1\nstages:\n- {name: s, task: vault.open, with: {" + std::string(with) + "}}\n", "test.yaml");
    ASSERT_TRUE(workflow.has_value()) << with;
    const auto plan = make_plan(*workflow, source, {.cores = 2});
    ASSERT_FALSE(plan.has_value()) << with;
    std::string all;
    const Errors errors = plan.error();
    for (const Error& error : errors.list) {
      all += error.message + error.place.source;
      for (const std::string& note : error.notes) all += note;
    }
    for (const char* part : {"sesame", "4711", "now"}) EXPECT_THAT(all, Not(HasSubstr(part))) << with;
  }
}

TEST(PlanSecrets, AreHiddenInMessagesOfARunToo) {
  const auto plan = plan_of(with_params("task: sim.types, foreach: {range: 2}, with: {count: \"${{ int(format('{}{}', "
                                        "split(params.pw, '-')[0], item)) }}\"}"),
                            {.set = {std::string("pw=") + kSecret}});
  ASSERT_TRUE(plan.has_value());
  const Value item(1);
  EXPECT_THAT(parameters_of(*plan, 0, &item, 1),
              testing::ElementsAre(
                  "R201 parameter 'count': it has no value, and the reason is not shown because it reads a secret"));
}

}  // namespace
}  // namespace ropewalk::test
