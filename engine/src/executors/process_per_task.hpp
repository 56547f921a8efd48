#pragma once
// `process-per-task`: a fresh host process for each task: the strongest isolation.

#include "executors/placement.hpp"

namespace ropewalk {

Placement place_process_per_task(std::uint32_t workers, std::uint32_t per_host);

}  // namespace ropewalk
