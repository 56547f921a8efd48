#pragma once
// A measured system: it runs tasks, each of them chain(its own number, turns) with its result kept. One-time setup
// (threads, hosts) happens in the first run and is reused by later ones.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace ropewalk::bench {

inline constexpr int kWorkers = 2;

struct System {
  std::string name;
  /// Wall time in seconds of that many tasks. Ends the program if a result is wrong, so that no figure comes from a
  /// broken run.
  std::function<double(std::uint64_t tasks, std::int64_t turns)> run;
  std::uint64_t empty_tasks = 1'000'000;  ///< number of tasks in a round of empty ones
  int workers = kWorkers;
};

/// Ropewalk through its public API: `serial`, `thread`, `process`.
void add_engine(std::vector<System>& systems);
/// Ropewalk's pool, with futures and with spans, and a pool of threads as programs write it.
void add_pools(std::vector<System>& systems);
/// The board's rings with a trivial driver and no engine: the cost of the mechanism itself.
void add_limits(std::vector<System>& systems);
/// oneTBB, OpenMP, Boost.Asio, the standard library. Systems missing at build time are left out.
void add_peers(std::vector<System>& systems);

/// Checks the results; called for every system after each run.
void check(const std::vector<std::int64_t>& results, std::int64_t turns);
[[noreturn]] void give_up(const std::string& why);

}  // namespace ropewalk::bench
