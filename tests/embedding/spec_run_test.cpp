// Runs of workflows that a program makes, with the plugins that ship.

#include "support/plan_text.hpp"
#include "support/scratch.hpp"

#include <ropewalk/engine.hpp>
#include <ropewalk/record.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace ropewalk::test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

/// "stage index outcome value", one line each.
std::vector<std::string> results_of(const RunResult& run) {
  std::vector<std::string> lines;
  for (std::uint32_t stage = 0; stage < run.stages.size(); ++stage)
    run.results->visit(stage, [&](const KeptResults::Row& row) {
      lines.push_back(fmt::format("{} {} {} {}", run.stages[stage].name, row.index, static_cast<int>(row.outcome),
                                  row.value ? to_json(*row.value) : std::string(row.message)));
    });
  return lines;
}

std::vector<std::string> results_of(Engine& engine, const Result<Plan>& plan) {
  if (!plan) return {plan.error().list.front().place.part + ": " + plan.error().list.front().message};
  return results_of(engine.run(*plan, {.keep_results = true}));
}

/// Values of all kinds, a stream, outputs, vars, and a task that fails.
WorkflowSpec many_kinds(const char* executor) {
  return {.name = "kinds",
          .params = {{.name = "count", .default_value = 3}},
          .defaults = {.executor = executor, .timeout = 10min, .on_error = "ignore"},
          .stages = {{.name = "values",
                      .task = "sim.echo",
                      .foreach = {.list = SpecList{1, 2.5, true, "${{ params.count }}", Value("${{ literal }}"),
                                                   Value(Bytes{"\xff\xfe"}), SpecList{1, "two"}, SpecMap{{"a", 1}}}},
                      .with = {{"value", SpecMap{{"item", "${{ item }}"}, {"text", "no. ${{ index }}"}}}},
                      .outputs = {{"number", "${{ index + 1 }}"}}},
                     {.name = "stream",
                      .task = "sim.echo",
                      .foreach = {.results = "values"},
                      .with = {{"value", "${{ item.number }}"}}},
                     {.name = "fails",
                      .task = "shell.run",
                      .foreach = {.range = {.count = 2}},
                      .with = {{"argv", SpecList{"sh", "-c", "exit ${{ index }}"}}},
                      .needs = SpecList::none()}}};
}

TEST(SpecRun, GivesTheResultsOfItsYamlWithEachExecutor) {
  Engine engine;
  std::vector<std::string> first;
  for (const char* executor : {"serial", "thread", "process"}) {
    const WorkflowSpec spec = many_kinds(executor);
    const std::vector<std::string> made = results_of(engine, engine.plan(spec));
    const auto read = parse_workflow(to_yaml(spec), "kinds.yaml");
    ASSERT_TRUE(read);
    EXPECT_EQ(made, results_of(engine, engine.plan(*read))) << executor;
    if (first.empty()) first = made;
    EXPECT_EQ(made, first) << executor;
  }
  EXPECT_EQ(first.size(), 18u);
  EXPECT_THAT(first, testing::Contains(HasSubstr("{\"item\": \"${{ literal }}\", \"text\": \"no. 4\"}")));
  EXPECT_THAT(first, testing::Contains(HasSubstr("{\"base64\": \"//4=\"}")));
}

TEST(SpecRun, IsRecordedWithItsText) {
  const Scratch scratch;
  Engine engine;
  const WorkflowSpec spec = many_kinds("process");
  const auto plan = engine.plan(spec);
  ASSERT_TRUE(plan);
  const RunResult run = engine.run(*plan, {.record = RecordOptions{.folder = scratch.path()}});
  ASSERT_FALSE(run.record_error);
  const auto record = open_record(run.record);
  ASSERT_TRUE(record);
  const auto sources = (*record)->sources();
  ASSERT_TRUE(sources);
  ASSERT_EQ(sources->size(), 1u);
  EXPECT_EQ(sources->front().path, "-");
  EXPECT_EQ(sources->front().text, to_yaml(spec));
  const auto again = parse_workflow(sources->front().text, "-");
  ASSERT_TRUE(again);
  const auto replanned = engine.plan(*again);
  ASSERT_TRUE(replanned);
  EXPECT_EQ(plan_text(*replanned), plan_text(*plan));
}

TEST(SpecRun, EveryShippedWorkflowIsPlannedTheSameAsASpec) {
  Engine engine;
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(ROPEWALK_SOURCE "/workflows")) {
    if (entry.is_directory()) continue;  // workflows of plugins in Python are like the others
    const auto read = load_workflow(entry.path());
    ASSERT_TRUE(read) << entry.path();
    const auto spec = spec_of(*read);
    ASSERT_TRUE(spec) << entry.path();
    const auto again = parse_workflow(to_yaml(*spec), entry.path().string());
    ASSERT_TRUE(again) << to_yaml(*spec);
    const PlanOptions options{.environment = {{"ROPEWALK_PARAM_ROOT", "."}}};  // which one of them needs
    const auto wanted = engine.plan(*read, options), made = engine.plan(*spec, options),
               printed = engine.plan(*again, options);
    ASSERT_TRUE(wanted && made && printed) << entry.path() << to_yaml(*spec);
    EXPECT_EQ(plan_text(*made), plan_text(*wanted)) << entry.path();
    EXPECT_EQ(plan_text(*printed), plan_text(*wanted)) << entry.path();
    ++count;
  }
  EXPECT_EQ(count, 8u);
}

TEST(SpecRun, AWorkflowThatWasReadCanBeChangedAndRun) {
  Engine engine;
  const auto read = parse_workflow(
      "ropewalk: 1\nstages: [{name: a, task: sim.echo, foreach: {range: 3}, with: {value: '${{ item }}'}}]\n",
      "a.yaml");
  ASSERT_TRUE(read);
  auto spec = spec_of(*read);
  ASSERT_TRUE(spec);
  spec->stages[0].foreach = {.list = SpecList{"x", "y"}};
  spec->stages[0].with["value"] = "<${{ item }}>";
  spec->stages[0].workers = 1;
  EXPECT_THAT(results_of(engine, engine.plan(*spec)),
              ElementsAre("a 0 0 {\"value\": \"<x>\"}", "a 1 0 {\"value\": \"<y>\"}"));
}

TEST(SpecRun, AMistakeNamesItsPart) {
  Engine engine;
  const auto plan =
      engine.plan({.stages = {{.name = "hash", .task = "file.checksum", .with = {{"paht", "x"}, {"path", "y"}}}}});
  ASSERT_FALSE(plan);
  const Errors errors = plan.error();
  ASSERT_EQ(errors.list.size(), 1u);
  EXPECT_EQ(errors.list[0].code, "W202");
  EXPECT_EQ(errors.list[0].place.part, "stage 'hash', parameter 'paht'");
  EXPECT_EQ(errors.list[0].place.file, "");
  EXPECT_THAT(errors.list[0].message, HasSubstr("did you mean 'path'?"));
}

}  // namespace
}  // namespace ropewalk::test
