#pragma once
// The rows of the timeline: which worker is drawn in which row. Pure; any thread.

#include "page/page_run.hpp"

#include <cstdint>
#include <functional>
#include <vector>

namespace ropewalk::page {

/// Sets the lane of each attempt. They must ascend by start. A worker has one lane from its first attempt to the end of
/// its last one; then the lane is free for a worker that begins later, so that there are as many lanes as workers were
/// alive at once. `short_lived(stage)`: each attempt has a worker of its own, whatever its process id, which the system
/// uses again. Returns the number of lanes.
std::uint32_t assign_lanes(std::vector<Attempt>& attempts, const std::function<bool(std::uint32_t)>& short_lived);

}  // namespace ropewalk::page
