// One round of everything that can be measured in one program: Ropewalk through its API, the bare rings, and the C++
// pools, in random order. Prints a line of JSON for each figure; script/bench starts the rounds and compares.
// usage: bench_pools AREA ROUND [SYSTEM...]      AREA: empty, pool, metg, idle, growth, memory, handover,
// expression

#include "handover.hpp"
#include "expressions/evaluate.hpp"
#include "expressions/expression.hpp"
#include "metg.hpp"
#include "system.hpp"
#include "work.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <random>
#include <thread>

namespace ropewalk::bench {

void give_up(const std::string& why) {
  fmt::print(stderr, "bench_pools: {}\n", why);
  std::exit(1);
}

void check(const std::vector<std::int64_t>& results, std::int64_t turns) {
  const std::size_t step = std::max<std::size_t>(1, results.size() / 64);
  for (std::size_t i = 0; i < results.size(); i += step)
    if (results[i] != chain(static_cast<std::int64_t>(i), turns)) give_up("a peer gave a wrong result");
}

namespace {

void print_figure(std::string_view area, std::string_view system, int round, double value) {
  fmt::print(R"({{"area": "{}", "system": "{}", "round": {}, "value": {:.6g}}})"
             "\n",
             area, system, round, value);
  std::fflush(stdout);
}

void empty(const System& system, int round) {
  system.run(system.empty_tasks / 20, 0);
  print_figure("empty", system.name, round,
               system.run(system.empty_tasks, 0) * 1e9 / static_cast<double>(system.empty_tasks));
}

void pool(const System& system, int round) {
  system.run(system.empty_tasks / 20, 0);
  print_figure("pool", system.name, round,
               system.run(system.empty_tasks, 0) * 1e6 / static_cast<double>(system.empty_tasks));
}

/// Turns per second that two plain threads currently get from the machine, with its other load.
double capacity() {
  constexpr std::int64_t kTurns = 6'000'000;
  const auto start = Clock::now();
  std::int64_t kept[kWorkers];
  std::vector<std::thread> threads;
  for (int i = 0; i < kWorkers; ++i) threads.emplace_back([&kept, i] { kept[i] = chain(i, kTurns); });
  for (std::thread& thread : threads) thread.join();
  return kWorkers * static_cast<double>(kTurns) / seconds_since(start);
}

void metg(const System& system, int round, double turn_ns) {
  system.run(1000, 1);
  print_figure("metg", system.name, round, metg_us(system.run, capacity, turn_ns));
}

/// One task on sleeping workers.
void idle(const System& system, int round) {
  std::vector<double> us;
  for (int i = 0; i < 31; ++i) {
    system.run(1, 0);
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    us.push_back(system.run(1, 0) * 1e6);
  }
  std::nth_element(us.begin(), us.begin() + 15, us.end());
  print_figure("idle", system.name, round, us[15]);
}

/// Peak memory of this process in bytes. getrusage() would include the program before exec.
double peak_bytes() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmHWM:")) return std::stod(line.substr(6)) * 1024;
  give_up("/proc/self/status does not say VmHWM");
}

/// Memory in the engine's process that a million tasks need beyond ten thousand, by peak.
void memory(int round) {
  std::vector<System> systems;
  add_engine(systems);
  systems.front().run(10'000, 0);
  const double before = peak_bytes();
  systems.front().run(1'000'000, 0);
  print_figure("growth", "ropewalk bytes a task", round, (peak_bytes() - before) / 990'000);
}

void growth(const System& system, int round) {
  system.run(10'000, 0);
  for (const std::uint64_t tasks : {10'000, 100'000, 1'000'000}) {
    double best = 1e9;
    for (int i = 0; i < (tasks < 1'000'000 ? 5 : 2); ++i)
      best = std::min(best, system.run(tasks, 0) * 1e9 / static_cast<double>(tasks));
    print_figure("growth", fmt::format("{} {}", system.name, tasks), round, best);
  }
}

/// Reads a member of an item, as each task of a stage does.
void expression(int round) {
  const ParsedText parsed = parse_text("${{ item.path }}");
  const Value item(Map{{"digest", Value("0123456789abcdef")},
                       {"path", Value("/usr/include/stdio.h")},
                       {"size", Value(std::int64_t{4096})}});
  const Map params;
  const Scope scope{.params = params, .item = &item};
  constexpr int kTimes = 1'000'000;
  std::string problem;
  std::size_t characters = 0;
  const auto start = Clock::now();
  for (int i = 0; i < kTimes; ++i) {
    Value value;
    if (!evaluate(*parsed.pieces.front().expression, scope, value, problem)) give_up(problem);
    characters += value.as_text()->size();
  }
  const double us = seconds_since(start) * 1e6 / kTimes;
  if (characters != 20u * kTimes) give_up("an expression gave a wrong value");
  print_figure("language", "item.member, us", round, us);
}

/// The systems that a gate compares; all of them would take too long.
bool belongs(std::string_view area, std::string_view system) {
  const auto is_one_of = [&](std::initializer_list<std::string_view> names) {
    return std::find(names.begin(), names.end(), system) != names.end();
  };
  if (area == "metg")
    return system.starts_with("limit_") || is_one_of({"ropewalk thread", "ropewalk process", "Asio post",
                                                      "Asio post + future", "OpenMP tasks", "oneTBB parallel_for"});
  if (area == "idle")
    return system.starts_with("limit_") || is_one_of({"ropewalk thread", "ropewalk process", "Asio post + future"});
  if (area == "pool") return system.find("future") != std::string_view::npos || system.ends_with("span");
  if (area == "growth") return is_one_of({"ropewalk thread", "ropewalk process"});
  return true;
}

}  // namespace

int run(int argc, char** argv) {
  if (argc < 3) return fmt::print(stderr, "usage: bench_pools AREA ROUND [SYSTEM...]\n"), 2;
  const std::string area = argv[1];
  const int round = std::atoi(argv[2]);
  if (area == "expression") return expression(round), 0;
  if (area == "handover") {
    print_figure(area, "AF_UNIX stream", round, stream_handover_ms());
    print_figure(area, "ropewalk", round, ropewalk_handover_ms());
    return 0;
  }
  if (area == "memory") {
    memory(round);
    return 0;
  }
  std::vector<System> systems;
  if (area == "pool")
    add_pools(systems);
  else
    add_limits(systems), add_engine(systems);
  add_peers(systems);
  if (argc > 3)
    std::erase_if(systems,
                  [&](const System& system) { return std::find(argv + 3, argv + argc, system.name) == argv + argc; });
  else
    std::erase_if(systems, [&](const System& system) { return !belongs(area, system.name); });
  std::shuffle(systems.begin(), systems.end(), std::mt19937(std::random_device{}()));
  const double turn_ns = ns_per_turn();
  for (const System& system : systems) {
    if (area == "empty")
      empty(system, round);
    else if (area == "pool")
      pool(system, round);
    else if (area == "metg")
      metg(system, round, turn_ns);
    else if (area == "idle")
      idle(system, round);
    else if (area == "growth")
      growth(system, round);
    else
      give_up("there is no area '" + area + "'");
  }
  return 0;
}

}  // namespace ropewalk::bench

int main(int argc, char** argv) { return ropewalk::bench::run(argc, argv); }
