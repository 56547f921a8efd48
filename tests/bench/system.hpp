#pragma once
// A system that is measured: something that carries out tasks, each of them chain(its own number, turns) with its
// result kept. What is set up once (threads, hosts) is set up by the first run and reused by later ones.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace ropewalk::bench {

inline constexpr int kWorkers = 2;

struct System {
  std::string name;
  /// Wall time in seconds of that many tasks. Ends the program where a result is wrong: no figure of a broken run.
  std::function<double(std::uint64_t tasks, std::int64_t turns)> run;
  std::uint64_t empty_tasks = 1'000'000;  ///< how many make a round of empty ones
  int workers = kWorkers;
};

/// Ropewalk through its public API: `serial`, `thread`, `process`.
void add_engine(std::vector<System>& systems);
/// The board's rings with a trivial driver and no engine: what the mechanism itself costs here.
void add_limits(std::vector<System>& systems);
/// oneTBB, OpenMP, Boost.Asio, the standard library. What was not there when this was built is left out.
void add_peers(std::vector<System>& systems);

/// Results as they must be; every system's are looked at after each run.
void check(const std::vector<std::int64_t>& results, std::int64_t turns);
[[noreturn]] void give_up(const std::string& why);

}  // namespace ropewalk::bench
