// The graph of a plan in each of its forms.

#include "graph_text.hpp"
#include "support/plans.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ropewalk::cli {
namespace {

/// An edge of each kind.
Plan every_kind() {
  return *test::plan_of(R"(ropewalk: 1
name: "every \"kind\""
stages:
  - {name: fetch, task: sim.noop, foreach: {range: 3}}
  - {name: list, task: sim.noop, needs: []}
  - {name: hash, task: sim.echo, executor: thread, foreach: {results: fetch}, with: {value: "${{ item }}"}}
  - {name: sum, task: sim.echo, with: {value: "${{ stages.list.outcome }}"}, if: "${{ stages.hash.failed == 0 }}"}
  - {name: end, task: sim.noop, needs: [fetch, hash], after: failure}
  - {name: last, task: sim.noop, needs: [end], after: any}
)");
}

std::string made(void (*append)(std::string&, const Plan&)) {
  std::string out;
  append(out, every_kind());
  return out;
}

TEST(Graph, TextSaysWhenEachStageStartsAndWhy) {
  EXPECT_EQ(made(append_graph_text), R"(stage  task      executor    starts
fetch  sim.noop  process x4  at once
list   sim.noop  process x4  at once
hash   sim.echo  thread x4   when list (before it in the file) has succeeded, then with each result of fetch
sum    sim.echo  process x4  when list (read by an expression), hash (read by an expression) have succeeded, if its 'if' is true
end    sim.noop  process x4  when fetch (needs), hash (needs) have ended, one of them badly
last   sim.noop  process x4  when end (needs) has ended
)");
}

TEST(Graph, DotDrawsTheKindsApart) {
  EXPECT_EQ(made(append_graph_dot), R"(digraph "every \"kind\"" {
  rankdir=LR;
  node [shape=box];
  "fetch" [label="fetch\nsim.noop\nprocess x4"];
  "list" [label="list\nsim.noop\nprocess x4"];
  "hash" [label="hash\nsim.echo\nthread x4"];
  "sum" [label="sum\nsim.echo\nprocess x4"];
  "end" [label="end\nsim.noop\nprocess x4"];
  "last" [label="last\nsim.noop\nprocess x4"];
  "fetch" -> "hash" [label="items", style=bold];
  "list" -> "hash" [label="order", style=dotted];
  "list" -> "sum" [label="reads", style=dashed];
  "hash" -> "sum" [label="reads", style=dashed];
  "fetch" -> "end" [label="needs, after: failure"];
  "hash" -> "end" [label="needs, after: failure"];
  "end" -> "last" [label="needs, after: any"];
}
)");
}

TEST(Graph, MermaidNumbersItsNodesSinceStagesMayHaveNamesOfItsOwn) {
  EXPECT_EQ(made(append_graph_mermaid), R"(flowchart LR
  s0["fetch<br/>sim.noop<br/>process x4"]
  s1["list<br/>sim.noop<br/>process x4"]
  s2["hash<br/>sim.echo<br/>thread x4"]
  s3["sum<br/>sim.echo<br/>process x4"]
  s4["end<br/>sim.noop<br/>process x4"]
  s5["last<br/>sim.noop<br/>process x4"]
  s0 ==>|items| s2
  s1 -.->|order| s2
  s1 -->|reads| s3
  s2 -->|reads| s3
  s0 -->|needs, after: failure| s4
  s2 -->|needs, after: failure| s4
  s4 -->|needs, after: any| s5
)");
}

TEST(Graph, JsonHasEveryStageAndEveryEdge) {
  std::string out;
  append_graph_json(out, *test::plan_of("ropewalk: 1\nname: two\nstages:\n  - {name: a, task: sim.noop}\n  - {name: b, "
                                        "task: sim.noop, if: \"${{ stages.a.tasks > 0 }}\"}\n"
                                        "  - {name: c, task: sim.noop, foreach: {results: b}}\n"));
  EXPECT_EQ(
      out,
      R"({"schema": 1, "ropewalk": "0.1.0", "workflow": "two", "stages": [)"
      R"({"name": "a", "task": "sim.noop", "executor": "process", "workers": 4, "after": "success", "if": false}, )"
      R"({"name": "b", "task": "sim.noop", "executor": "process", "workers": 4, "after": "success", "if": true}, )"
      R"({"name": "c", "task": "sim.noop", "executor": "process", "workers": 4, "after": "success", "if": false}], )"
      R"("edges": [{"from": "a", "to": "b", "kind": "reads", "streams": false}, {"from": "b", "to": "c", "kind": "items", "streams": true}]})"
      "\n");
}

}  // namespace
}  // namespace ropewalk::cli
