// sim.fail. Its messages contain nothing that differs between executors or runs.

#include "tasks.hpp"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <vector>

namespace sim {
namespace {

/// splitmix64 (Steele, Lea, Flood 2014): the values for any two indices of a seed are practically independent.
std::uint64_t mixed(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

bool chosen(std::int64_t seed, std::uint64_t index, double rate) {
  const std::uint64_t bits = mixed(mixed(static_cast<std::uint64_t>(seed)) ^ index);
  return static_cast<double>(bits >> 11) * 0x1p-53 < rate;
}

[[noreturn]] void crash() {
  // Everything is volatile, so that the compiler neither detects the invalid write nor removes it.
  volatile int* volatile nowhere = nullptr;
  *nowhere = 1;
  std::abort();
}

[[noreturn]] void wait_for_ever() {
  for (;;) pause();
}

void take_memory(std::uint64_t most) {
  constexpr std::size_t kBlock = 16u << 20;
  std::vector<std::unique_ptr<char[]>> blocks;
  for (std::uint64_t taken = 0; taken < most; taken += kBlock) {
    blocks.push_back(std::make_unique_for_overwrite<char[]>(kBlock));
    for (std::size_t at = 0; at < kBlock; at += 4096) static_cast<volatile char*>(blocks.back().get())[at] = 1;
  }
}

}  // namespace

void Fail::run(ropewalk::Call& call) const {
  if (first != 0 && call.attempt() > first) return;
  if (!chosen(seed, call.index(), rate)) return;
  if (how == "error") throw std::runtime_error("failed with an error, as asked");
  if (how == "transient") throw ropewalk::Transient("failed for now, as asked");
  if (how == "permanent") throw ropewalk::Permanent("failed for good, as asked");
  if (how == "throw") throw 42;
  if (how == "crash") crash();
  if (how == "abort") std::abort();
  if (how == "exit") std::exit(0);
  if (how == "hang") wait_for_ever();
  if (how == "ignore_stop") {
    signal(SIGTERM, SIG_IGN);
    wait_for_ever();
  }
  if (how == "memory") {
    take_memory(most);
    throw std::runtime_error("took all the memory that it was to take, and nothing stopped it");
  }
  throw ropewalk::Permanent("there is no way to fail called '" + how + "'");
}

void Fail::describe(ropewalk::TaskType<Fail>& task) {
  task.summary("Fails in the way that it is asked to.")
      .thread_safe()
      .option("how", &Fail::how, "the way to fail")
      .one_of({"error", "transient", "permanent", "throw", "crash", "abort", "exit", "hang", "ignore_stop", "memory"})
      .option("rate", &Fail::rate, "the share of tasks that fail")
      .range(0, 1)
      .option("seed", &Fail::seed, "another seed makes other tasks fail")
      .option("first", &Fail::first, "only the first n attempts of a task fail; 0: all")
      .option("most", &Fail::most, "how much memory 'memory' takes at most");
}

}  // namespace sim
