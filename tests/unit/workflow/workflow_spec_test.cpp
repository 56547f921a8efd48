// A workflow that a program makes: its YAML, its form, and the way back.

#include "support/whole_spec.hpp"
#include "unit/workflow/diagnostics_text.hpp"
#include "workflow/diagnostics.hpp"
#include "workflow/key_tables.hpp"
#include "workflow/yaml.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <set>
#include <string>
#include <vector>

namespace ropewalk::test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAreArray;

const StageSpec kNoop{.name = "noop", .task = "sim.noop"};

/// "stage 'hash', 'timeout': W204 message", one line each.
std::vector<std::string> lines_of_parts(const std::vector<Error>& errors) {
  std::vector<std::string> lines;
  for (const Error& error : errors) {
    EXPECT_EQ(error.place.file, "");
    EXPECT_EQ(error.place.line, 0);
    lines.push_back(error.place.part + ": " + error.code + " " + error.message);
  }
  return lines;
}

std::vector<std::string> diagnostics_of(const WorkflowSpec& spec) {
  const auto workflow = make_workflow(spec);
  return lines_of_parts(workflow ? workflow->diagnostics : workflow.error().list);
}

Node tree_of(const std::string& text) {
  Diagnostics diagnostics;
  auto root = read_yaml(Source("x", text), diagnostics);
  EXPECT_TRUE(root && diagnostics.empty()) << text;
  return root ? std::move(*root) : Node();
}

TEST(WorkflowSpec, IsPrintedAsAPersonWouldWriteIt) {
  const WorkflowSpec spec{.name = "checksums",
                          .stages = {{.name = "hash",
                                      .task = "file.checksum",
                                      .executor = "process",
                                      .workers = 8,
                                      .foreach = {.glob = "/usr/include/*.h"},
                                      .with = {{"path", "${{ item }}"}},
                                      .retries = {.max = 2},
                                      .timeout = 30s}}};
  EXPECT_EQ(to_yaml(spec), R"(ropewalk: 1
name: checksums
stages:
  - name: hash
    task: file.checksum
    executor: process
    workers: 8
    foreach: {glob: "/usr/include/*.h"}
    with:
      path: "${{ item }}"
    retries: 2
    timeout: 30s
)");
}

TEST(WorkflowSpec, EveryKeyHasItsPlace) {
  EXPECT_EQ(to_yaml(whole_spec()), R"(ropewalk: 1
name: whole
description: "All keys: of \"everything\""
requires: {ropewalk: ">=0.1", plugins: {sim: ">=0.1, <9"}}
plugins: {path: [plugins], load_timeout: 60s}
include: [parts.yaml]
params:
  count: 3
  files: {type: list, of: path, default: [a, b]}
  mode: {type: text, default: fast, choices: [fast, exact]}
  width: {type: int, min: 1, max: 9, help: "of a picture"}
  token: {type: text, default: "0123456789", secret: true}
vars:
  top: out
env:
  HOME: /tmp
deadline: 7200s
defaults:
  task: sim.noop
  executor: process
  workers: auto
  per_host: 1
  cores: 1
  on_error: continue
  with:
    value: x
  outputs:
    kind: none
  retries: 1
  timeout: 60s
  deadline: 1800s
  limits: {memory: 2GiB}
  drift: replace
  python: env/bin/python
  env:
    TZ: UTC
  vars:
    v: 1
  reads: [in]
  writes: [out]
  inputs: hash
stages:
  - name: numbers
    task: sim.echo
    foreach: {range: {from: 1, to: 9, step: 2}}
  - name: grid
    task: sim.echo
    executor: process
    workers: 2
    per_host: auto
    cores: 2
    on_error: ignore
    foreach: {matrix: {size: [1, 2], color: [red, blue]}, exclude: [{size: 1, color: red}], include: [{size: 3, color: green}]}
    with:
      value: "${{ item.size }} ${{ vars.label }}"
    outputs:
      half: "${{ item.size / 2 }}"
    retries: {max: 2, delay: 1s, backoff: 1.5, max_delay: 60s, jitter: 0.5, when: [crash, timeout], unless: [{exit: [2, 64]}]}
    timeout: 30s
    deadline: 3600s
    limits: {memory: 1GiB, cpu_time: 300s, files: 1000000, output: 1MiB}
    drift: keep
    python: python3
    env:
      LANG: C
    vars:
      label: "${{ item.color }}"
    reads: ["${{ item.color }}.txt"]
    writes: "${{ params.files }}"
    inputs: stat
    needs: [numbers]
    after: any
    if: "${{ params.count > 1 }}"
    finally: false
  - name: some
    foreach: {range: 10}
  - name: each
    foreach: [a, 1, true]
  - name: globbed
    foreach: {glob: "src/**", exclude: "*.o"}
  - name: lined
    foreach: {lines: {file: names, end: "\0"}}
  - name: short
    foreach: {lines: names}
  - name: objects
    foreach: {jsonl: items.jsonl}
  - name: blocked
    foreach: {blocks: {file: "-", size: 1MiB, lines: 10, end: ";"}, batch: 2}
  - name: zipped
    foreach: {zip: {from: [a, b], to: [c, d]}, where: "${{ item.from != 'a' }}"}
  - name: shaped
    foreach: {list: [1, 2], shuffle: 7, batch: 2}
  - name: below
    foreach: {glob: "**/*.c", in: src}
  - name: again
    foreach: {results: grid}
  - name: alone
    retries: {}
    limits: {}
    needs: []
)");
}

/// The keys of all nodes that `find` returns for the stages.
template <class Find>
std::set<std::string> keys_in_stages(const Node& root, const Find& find) {
  std::set<std::string> keys;
  for (const Node& stage : root.find("stages")->children)
    if (const Node* node = find(stage); node != nullptr && node->is_map())
      for (const Node& key : node->keys) keys.insert(key.text);
  return keys;
}

TEST(WorkflowSpec, NoKeyOfTheLanguageIsMissing) {
  const Node root = tree_of(to_yaml(whole_spec()));
  const auto in_stages = [&](const std::vector<const char*>& path) {
    return keys_in_stages(root, [&](const Node& stage) {
      const Node* node = &stage;
      for (const char* key : path)
        if (node != nullptr) node = node->find(key);
      return node;
    });
  };
  const auto in = [](const Node* node) {
    std::set<std::string> keys;
    for (const Node& key : node->keys) keys.insert(key.text);
    return keys;
  };
  std::set<std::string> of_params;
  for (const Node& param : root.find("params")->children)
    for (const Node& key : param.keys) of_params.insert(key.text);
  const std::vector<std::pair<const KeyTable*, std::set<std::string>>> tables{
      {&workflow_keys(), in(&root)},
      {&requires_keys(), in(root.find("requires"))},
      {&plugins_keys(), in(root.find("plugins"))},
      {&param_keys(), of_params},
      {&defaults_keys(), in(root.find("defaults"))},
      {&stage_keys(), in_stages({})},
      {&foreach_keys(), in_stages({"foreach"})},
      {&range_keys(), in_stages({"foreach", "range"})},
      {&lines_keys(), in_stages({"foreach", "lines"})},
      {&blocks_keys(), in_stages({"foreach", "blocks"})},
      {&retries_keys(), in_stages({"retries"})},
      {&limits_keys(), in_stages({"limits"})}};
  for (const auto& [table, written] : tables)
    EXPECT_THAT(written, UnorderedElementsAreArray(table->keys)) << "of " << table->of;
}

TEST(WorkflowSpec, ComesBackFromItsText) {
  WorkflowSpec spec = whole_spec();
  spec.include = {};  // there is no such file
  const auto read = parse_workflow(to_yaml(spec), "dir/whole.yaml");
  ASSERT_TRUE(read);
  EXPECT_THAT(lines_of(read->diagnostics), IsEmpty());
  const auto again = spec_of(*read);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->file, "dir/whole.yaml");
  EXPECT_EQ(to_yaml(*again), to_yaml(spec));
  spec.file = "dir/whole.yaml";
  EXPECT_TRUE(*again == spec) << "every field is read back";
}

TEST(WorkflowSpec, AnyStyleOfAFileBecomesTheSameSpec) {
  const auto read = parse_workflow(R"(ropewalk: 1
name: 'by hand'
params: {n: "3", version: {type: text, default: 3.10}}
stages:
- with:
    value: |
      two
      lines
    plain: 010
    text: ${{ params.n }} and more
    "a: b": ~
  name: s
  task: sim.echo
  retries: {max: "${{ params.n }}"}
)",
                                   "w.yaml");
  ASSERT_TRUE(read);
  const auto spec = spec_of(*read);
  ASSERT_TRUE(spec);
  const WorkflowSpec wanted{
      .name = "by hand",
      .params = {{.name = "n", .default_value = "3"},
                 {.name = "version", .type = Type::text, .default_value = SpecValue::plain("3.10")}},
      .stages = {{.name = "s",
                  .task = "sim.echo",
                  .with = {{"value", "two\nlines\n"},
                           {"plain", SpecValue::plain("010")},
                           {"text", "${{ params.n }} and more"},
                           {"a: b", Value()}},
                  .retries = {.max = "${{ params.n }}"}}},
      .file = "w.yaml"};
  EXPECT_TRUE(*spec == wanted) << to_yaml(*spec);
}

TEST(WorkflowSpec, OfAWorkflowWithDiagnosticsThereIsNone) {
  const auto read = parse_workflow("ropewalk: 1\nnmae: x\nstages: [{name: s, task: sim.noop}]\n", "w.yaml");
  ASSERT_TRUE(read);
  const auto spec = spec_of(*read);
  ASSERT_FALSE(spec);
  EXPECT_THAT(lines_of(spec.error().list), ElementsAre(HasSubstr("2:1 W207 the workflow has no key 'nmae'")));
  EXPECT_FALSE(spec_of(Workflow()));
}

TEST(WorkflowSpec, IsAWorkflowWithItsNameAndParams) {
  const auto workflow = make_workflow(
      {.name = "n", .description = "d", .params = {{.name = "p", .default_value = 3}}, .stages = {kNoop}});
  ASSERT_TRUE(workflow);
  EXPECT_THAT(workflow->diagnostics, IsEmpty());
  EXPECT_EQ(workflow->name, "n");
  EXPECT_EQ(workflow->description, "d");
  ASSERT_EQ(workflow->params.size(), 1u);
  EXPECT_EQ(workflow->params[0].type, Type::integer);
  EXPECT_EQ(make_workflow({.stages = {kNoop}})->name, "workflow");
  EXPECT_EQ(make_workflow({.stages = {kNoop}, .file = "some/file.yaml"})->name, "file");
}

TEST(WorkflowSpec, PlacesNameThePart) {
  EXPECT_THAT(diagnostics_of({.params = {{.name = "Width", .type = Type::integer},
                                         {.name = "odd"},
                                         {.name = "low", .type = Type::integer, .default_value = 1, .min = 2}},
                              .env = {{"A B", "x"}},
                              .defaults = {.workers = SpecList{1}},
                              .stages = {{.name = "hash",
                                          .task = "sim.noop",
                                          .foreach = {.range = {.from = 1}},
                                          .retries = {.max = SpecMap{{"a", 1}}},
                                          .timeout = 1s,
                                          .vars = {{"Bad", 1}}},
                                         {.name = "Hash!"},
                                         {},
                                         {.name = "two",
                                          .task = "sim.noop",
                                          .foreach = {.glob = "*", .jsonl = "x"},
                                          .needs = {"a", "a"}}}}),
              ElementsAre("param 'Width': W210 'Width' is no name for a param",
                          "param 'odd': W208 param 'odd' has neither 'type' nor 'default'",
                          "param 'low': W205 the default of param 'low' must be at least 2",
                          "variable 'A B': W210 'A B' is no name for an environment variable",
                          "defaults, 'workers': W209 'workers' wants a number or auto, but this is a list",
                          "stage 'hash', 'foreach': W208 'range' has no 'to'",
                          "stage 'hash', var 'Bad': W210 'Bad' is no name for a var",
                          "stage 2, 'name': W208 stage 'Hash!' has no 'task'",
                          "stage 2, 'name': W210 'Hash!' is no name for a stage", "stage 3: W208 a stage has no 'name'",
                          "stage 3: W208 a stage has no 'task'",
                          "stage 'two', 'foreach': W209 'foreach' takes one source of items, here are 2",
                          "stage 'two', 'needs': W211 'needs' names 'a' twice"));
}

TEST(WorkflowSpec, NamesThatAreGivenTwiceAreErrors) {
  EXPECT_THAT(diagnostics_of(
                  {.params = {{.name = "p", .default_value = 1}, {.name = "p", .default_value = 2}},
                   .vars = {{"v", 1}, {"v", 2}},
                   .stages = {kNoop, kNoop, {.name = "s", .task = "sim.echo", .with = {{"value", 1}, {"value", 2}}}}}),
              ElementsAre("param 'p': W113 the key 'p' is given twice", "var 'v': W113 the key 'v' is given twice",
                          "stage 'noop', 'name': W211 two stages are named 'noop'",
                          "stage 's', parameter 'value': W113 the key 'value' is given twice"));
}

TEST(WorkflowSpec, TwoSourcesOfItemsAreAnError) {
  EXPECT_THAT(
      diagnostics_of({.stages = {{.name = "a", .task = "sim.noop", .foreach = {.list = SpecList{1}, .glob = "*"}},
                                 {.name = "b", .task = "sim.noop", .foreach = {.range = {.count = 1, .to = 2}}}}}),
      ElementsAre(
          "stage 'a', 'foreach': W209 'foreach' takes one source of items, and there is a 'list' besides others",
          "stage 'b', 'foreach': W209 'range' has a 'count' besides 'from', 'to' or 'step'"));
}

TEST(WorkflowSpec, AnEmptySpecHasNothingToRun) {
  EXPECT_THAT(diagnostics_of({}), ElementsAre("'stages': W208 'stages' is empty, so there is nothing to run"));
}

TEST(WorkflowSpec, HostileTextNeverLeavesItsPlace) {
  const std::string text = "a\n  - name: b\n\"'\x1b[2J\u202e: # ${{ [{\t\r\\";
  const std::vector<std::string> found =
      diagnostics_of({.name = text,
                      .params = {{.name = text, .default_value = 1}},
                      .vars = {{text, text}},
                      .stages = {{.name = text, .task = text, .with = {{text, text}}}}});
  EXPECT_THAT(found, testing::SizeIs(4)) << testing::PrintToString(found);
  for (const std::string& line : found)
    for (const char c : line) EXPECT_TRUE(c == '\x7f' || static_cast<unsigned char>(c) >= 0x20) << line;
}

TEST(WorkflowSpec, WhatHasNoFormInYamlIsAnErrorOfItsPart) {
  EXPECT_THAT(
      diagnostics_of(
          {.name = "caf\xe9",
           .stages = {{.name = "s",
                       .task = "sim.echo",
                       .with = {{"value", std::nan("")}, {"b\xff", -std::numeric_limits<double>::infinity()}}}}}),
      ElementsAre("'name': W105 byte 0xe9 here is not UTF-8",
                  "stage 's', parameter 'value': W204 a float is finite, and this is nan",
                  "stage 's', parameter 'b\\xff': W105 byte 0xff here is not UTF-8",
                  "stage 's', parameter 'b\\xff': W204 a float is finite, and this is -inf"));
}

TEST(WorkflowSpec, OfManyMistakesTheFirstAreReported) {
  const SpecList many(std::vector<SpecValue>(20'000, std::nan("")));
  const std::vector<std::string> found =
      diagnostics_of({.stages = {{.name = "s", .task = "sim.echo", .with = {{"value", many}}}}});
  EXPECT_THAT(found, ElementsAre("stage 's', parameter 'value': W204 a float is finite, and this is nan"));
}

TEST(WorkflowSpec, WhatIsTooLargeOrTooDeepIsAnError) {
  const auto with = [](SpecValue value) {
    return diagnostics_of({.stages = {{.name = "s", .task = "sim.echo", .with = {{"value", std::move(value)}}}}});
  };
  EXPECT_THAT(
      with(std::string(2'000'000, 'x')),
      ElementsAre("the workflow: W103 the text of this workflow is larger than 1 MiB, the most that it may have"));
  EXPECT_THAT(with(Value(List(120'000, 1))), ElementsAre(HasSubstr("stage 's', parameter 'value': W116 ")));
  SpecValue deep = 1;
  for (int i = 0; i < 200; ++i) deep = i % 2 == 0 ? SpecValue(SpecList{deep}) : SpecValue(SpecMap{{"a", deep}});
  EXPECT_THAT(with(deep), ElementsAre(HasSubstr("stage 's', parameter 'value': W115 ")));
  const std::vector<StageSpec> many(25'000, StageSpec{.name = "s", .task = "sim.noop"});
  EXPECT_THAT(diagnostics_of({.stages = many}), ElementsAre(HasSubstr("stage 's', 'task': W116 ")));
}

TEST(WorkflowSpec, IncludedFilesKeepTheirPlaces) {
  const auto workflow = make_workflow({.include = {"no/such/file.yaml"}, .stages = {kNoop}});
  ASSERT_FALSE(workflow);
  EXPECT_THAT(lines_of_parts(workflow.error().list),
              ElementsAre("'include': W101 the included file 'no/such/file.yaml': there is no such file"));
}

}  // namespace
}  // namespace ropewalk::test
