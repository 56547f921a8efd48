// What a task costs from end to end: a million empty tasks through the engine's API, on two threads and on two
// processes in turn, everything on (a result kept, two timestamps, CPU time, every completion told to an observer).
// usage: million [ROUNDS [TASKS]]

#include "support/hand_plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>

namespace {

using namespace ropewalk;  // a program of one file

struct Counter final : Observer {
  void tasks_finished(std::int64_t, std::uint32_t, std::span<const TaskFinished> tasks) override { count += tasks.size(); }
  std::uint64_t count = 0;
};

double run_ns_per_task(Engine& engine, const std::string& executor, std::uint64_t tasks) {
  const Plan plan = test::plan({test::stage(engine.plugin("sim").value(), "noop", tasks, {.executor = executor, .workers = 2})});
  Counter counter;
  const auto start = std::chrono::steady_clock::now();
  const RunResult result = engine.run(plan, counter, {.keep_results = true});
  const std::chrono::duration<double, std::nano> wall = std::chrono::steady_clock::now() - start;
  if (result.stages.at(0).succeeded != tasks || counter.count != tasks) std::abort();
  return wall.count() / static_cast<double>(tasks);
}

}  // namespace

int main(int argc, char** argv) {
  const int rounds = argc > 1 ? std::atoi(argv[1]) : 5;
  const std::uint64_t tasks = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1'000'000;
  Engine engine({.programs = ROPEWALK_BUILD "/bin", .plugin_folders = {}, .log = {}});
  const std::vector<std::string> executors = {"serial", "thread", "process"};
  std::vector<std::vector<double>> figures(executors.size());
  for (int round = 0; round < rounds; ++round)
    for (std::size_t i = 0; i < executors.size(); ++i) figures[i].push_back(run_ns_per_task(engine, executors[i], tasks));
  for (std::size_t i = 0; i < executors.size(); ++i) {
    std::sort(figures[i].begin(), figures[i].end());
    fmt::print("{:<8} {} empty tasks: {:.0f} ns a task (median of {}; {:.0f}..{:.0f})\n", executors[i], tasks, figures[i][figures[i].size() / 2], rounds,
               figures[i].front(), figures[i].back());
  }
}
