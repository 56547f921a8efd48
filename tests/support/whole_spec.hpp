#pragma once
// A spec with every key of the language, as a program writes it. Its stages are no sensible workflow.

#include <ropewalk/workflow_spec.hpp>

namespace ropewalk::test {

inline StageSpec whole_stage() {
  using namespace std::chrono_literals;
  return {.name = "grid",
          .task = "sim.echo",
          .executor = "process",
          .workers = 2,
          .per_host = "auto",
          .cores = 2,
          .foreach = {.matrix = {{"size", SpecList{1, 2}}, {"color", SpecList{"red", "blue"}}},
                      .exclude = SpecList{SpecMap{{"size", 1}, {"color", "red"}}},
                      .include = {SpecMap{{"size", 3}, {"color", "green"}}}},
          .with = {{"value", "${{ item.size }} ${{ vars.label }}"}},
          .outputs = {{"half", "${{ item.size / 2 }}"}},
          .retries = {.max = 2,
                      .delay = 1s,
                      .backoff = 1.5,
                      .max_delay = 1min,
                      .jitter = 0.5,
                      .when = SpecList{"crash", "timeout"},
                      .unless = SpecList{SpecMap{{"exit", SpecList{2, 64}}}}},
          .timeout = 30s,
          .deadline = 1h,
          .limits = {.memory = "1GiB", .cpu_time = 5min, .files = 1'000'000, .output = "1MiB"},
          .on_error = "ignore",
          .drift = "keep",
          .python = "python3",
          .env = {{"LANG", "C"}},
          .vars = {{"label", "${{ item.color }}"}},
          .reads = SpecList{"${{ item.color }}.txt"},
          .writes = "${{ params.files }}",
          .inputs = "stat",
          .needs = {"numbers"},
          .after = "any",
          .condition = "${{ params.count > 1 }}",
          .finally = false};
}

inline WorkflowSpec whole_spec() {
  using namespace std::chrono_literals;
  return {
      .name = "whole",
      .description = "All keys: of \"everything\"",
      .requirements = {.ropewalk = ">=0.1", .plugins = {{"sim", ">=0.1, <9"}}},
      .plugins = {.path = {"plugins"}, .load_timeout = "60s"},
      .include = {"parts.yaml"},
      .params = {{.name = "count", .default_value = 3},
                 {.name = "files", .type = Type::list, .of = Type::path, .default_value = SpecList{"a", "b"}},
                 {.name = "mode", .type = Type::text, .default_value = "fast", .choices = {"fast", "exact"}},
                 {.name = "width", .type = Type::integer, .min = 1, .max = 9, .help = "of a picture"},
                 {.name = "token", .type = Type::text, .default_value = "0123456789", .secret = true}},
      .vars = {{"top", "out"}},
      .env = {{"HOME", "/tmp"}},
      .deadline = 2h,
      .defaults = {.task = "sim.noop",
                   .executor = "process",
                   .workers = "auto",
                   .per_host = 1,
                   .cores = 1,
                   .with = {{"value", "x"}},
                   .outputs = {{"kind", "none"}},
                   .retries = {.max = 1},
                   .timeout = 1min,
                   .deadline = 30min,
                   .limits = {.memory = "2GiB"},
                   .on_error = "continue",
                   .drift = "replace",
                   .python = "env/bin/python",
                   .env = {{"TZ", "UTC"}},
                   .vars = {{"v", 1}},
                   .reads = SpecList{"in"},
                   .writes = SpecList{"out"},
                   .inputs = "hash"},
      .stages = {{.name = "numbers", .task = "sim.echo", .foreach = {.range = {.from = 1, .to = 9, .step = 2}}},
                 whole_stage(),
                 {.name = "some", .foreach = {.range = {.count = 10}}},
                 {.name = "each", .foreach = {.list = SpecList{"a", 1, true}}},
                 {.name = "globbed", .foreach = {.glob = "src/**", .exclude = "*.o"}},
                 {.name = "lined", .foreach = {.lines = {.file = "names", .end = '\0'}}},
                 {.name = "short", .foreach = {.lines = {.file = "names"}}},
                 {.name = "objects", .foreach = {.jsonl = "items.jsonl"}},
                 {.name = "blocked",
                  .foreach = {.blocks = {.file = "-", .size = "1MiB", .lines = 10, .end = ';'}, .batch = 2}},
                 {.name = "zipped",
                  .foreach = {.zip = {{"from", SpecList{"a", "b"}}, {"to", SpecList{"c", "d"}}},
                              .where = "${{ item.from != 'a' }}"}},
                 {.name = "shaped", .foreach = {.list = SpecList{1, 2}, .shuffle = 7, .batch = 2}},
                 {.name = "below", .foreach = {.glob = "**/*.c", .in = "src"}},
                 {.name = "again", .foreach = {.results = "grid"}},
                 {.name = "alone", .retries = {.given = true}, .limits = {.given = true}, .needs = SpecList::none()}}};
}

}  // namespace ropewalk::test
