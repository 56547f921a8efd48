#pragma once
// Whose fault the death of a host was, and what to call it. Pure: plain data in, plain data out.

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

enum class Verdict : std::uint8_t {
  idle,      ///< it was running nothing
  guilty,    ///< its task ended the host
  innocent,  ///< somebody else's did: run the task again, without charge
  suspect,   ///< nobody owned up: run it alone
};

/// One verdict per worker, in order. At most one is guilty; suspects only where nobody is.
std::vector<Verdict> judge(std::span<const WorkerState> workers);

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
