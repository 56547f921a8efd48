// Ropewalk as an embedder uses it: a workflow, a plan, a run with an observer. Everything is on: each task has its own
// parameter, its result is kept, its times and CPU time are reported, and every completion is counted.

#include "system.hpp"
#include "work.hpp"

#include <ropewalk/engine.hpp>

#include <fmt/format.h>

#include <memory>

namespace ropewalk::bench {
namespace {

struct Counter final : Observer {
  void tasks_finished(std::int64_t, std::uint32_t, std::span<const TaskFinished> tasks) override {
    count += tasks.size();
  }
  std::uint64_t count = 0;
};

double run(Engine& engine, const std::string& executor, std::uint64_t tasks, std::int64_t turns) {
  const std::string text =
      fmt::format(R"({{ropewalk: 1, name: bench, stages: [{{name: all, task: load.chain, executor: {}, {}
      foreach: {{range: {}}}, with: {{seed: "${{{{ index }}}}", turns: {}}}}}]}})",
                  executor, executor == "serial" ? "" : fmt::format("workers: {},", kWorkers), tasks, turns);
  const Result<Workflow> workflow = parse_workflow(text, "bench");
  if (!workflow) give_up(workflow.error().list.front().message);
  const Result<Plan> plan = engine.plan(*workflow);
  if (!plan) give_up(plan.error().list.front().message);
  Counter counter;
  const auto start = Clock::now();
  const RunResult result = engine.run(*plan, counter, {.keep_results = true});
  const double seconds = seconds_since(start);
  if (result.outcome != Outcome::succeeded || counter.count != tasks)
    give_up("ropewalk " + executor + ": " + result.why);
  // Reading a few results is enough here, because the contract tests read all of them.
  std::uint64_t seen = 0;
  if (tasks <= 1000)
    result.results->visit(0, [&](const KeptResults::Row& row) {
      const Map* fields = row.value->as_map();
      if (*fields->at("value").as_int() != chain(static_cast<std::int64_t>(row.index), turns))
        give_up("ropewalk: a wrong result");
      ++seen;
    });
  if (tasks <= 1000 && seen != tasks) give_up("ropewalk: results are missing");
  return seconds;
}

}  // namespace

void add_engine(std::vector<System>& systems) {
  auto engine = std::make_shared<Engine>(
      EngineOptions{.programs = ROPEWALK_BENCH_PROGRAMS, .plugin_folders = {ROPEWALK_BENCH_PLUGINS}, .log = {}});
  for (const std::string executor : {"process", "thread", "serial"}) {
    systems.push_back(
        {"ropewalk " + executor,
         [engine, executor](std::uint64_t tasks, std::int64_t turns) { return run(*engine, executor, tasks, turns); },
         1'000'000, executor == "serial" ? 1 : kWorkers});
  }
}

}  // namespace ropewalk::bench
