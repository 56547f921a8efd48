#pragma once
// Makes the ledger of a stage of what its executor has measured. Pure; any thread.

#include "executors/executor_times.hpp"

#include <ropewalk/stage_ledger.hpp>

#include <cstdint>
#include <optional>

namespace ropewalk {

/// `engine_ns`: CPU time of the engine's thread for the stage; empty: not measured.
StageLedger ledger_of(const ExecutorTimes& times, std::uint32_t workers, std::optional<std::int64_t> engine_ns);

}  // namespace ropewalk
