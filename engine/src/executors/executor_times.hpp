#pragma once
// What the workers of a stage have spent, as its executor knows it: from this its ledger is made. Plain data.

#include "executors/slot_time.hpp"

#include <cstdint>
#include <optional>

namespace ropewalk {

/// Nanoseconds of workers, as StageLedger divides them.
struct ExecutorTimes {
  SlotTimes slots = {};
  std::int64_t cpu_ns = 0;                  ///< of tasks, at most as long as they ran
  std::int64_t user_ns = 0, system_ns = 0;  ///< of a part of cpu_ns: their ratio holds for all of it
  std::int64_t core_wait_ns = 0;            ///< workers were ready to run, without a core
  std::uint64_t attempts = 0;               ///< that ran
  bool starts_each = false;                 ///< each task starts a thread or a process of its own
  struct Last {
    std::uint64_t task = 0;
    std::int64_t run_ns = 0, ended_ns = 0;
  };
  std::optional<Last> last = {};  ///< of the attempts that ended in the tail, the last one
};

}  // namespace ropewalk
