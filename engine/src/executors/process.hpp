#pragma once
// `process`: a host process for each task at once, reused: computing, and plugins that may crash.

#include "executors/placement.hpp"

namespace ropewalk {

Placement place_process(std::uint32_t workers, std::uint32_t per_host);

}  // namespace ropewalk
