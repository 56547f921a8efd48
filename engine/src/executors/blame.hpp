#pragma once
// Which worker's task ended a host, and how to describe that end. Pure: plain data in, plain data out. verdict.hpp
// decides what becomes of each task.

#include "protocol/board_layout.hpp"

#include <ropewalk/events.hpp>
#include <ropewalk/plan.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace ropewalk {

/// What a worker was doing when its host died.
struct WorkerState {
  bool running = false;
  std::optional<std::uint32_t> evidence;  ///< RecordHead::code of its last words
};

enum class Blame : std::uint8_t {
  idle,      ///< it was running nothing
  guilty,    ///< its task ended the host
  innocent,  ///< another worker's task did
  suspect,   ///< no task is known to have done it
};

/// One for each worker, in order. At most one is guilty. Suspects exist only if none is.
std::vector<Blame> blame(std::span<const WorkerState> workers);

/// How often the process of a task is killed by SIGKILL before the task counts as the one that sends it. The kernel
/// does not report the sender, so it may have been another task, a watchdog or an operator. At least twice the task was
/// alone in a fresh host.
inline constexpr unsigned kKillsBeforeBlame = 3;

/// How a task ended that ended its host.
struct Death {
  Outcome outcome = Outcome::crashed;  ///< crashed or exited
  std::int32_t detail = 0;             ///< signal or exit code
  std::string message;                 ///< the same on every executor
};
Death describe_death(int wait_status, std::optional<std::uint32_t> evidence);

/// Why a task that used too much memory ended; the same on every executor.
std::string memory_message(const Limits& limits);

}  // namespace ropewalk
