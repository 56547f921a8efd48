#pragma once
// `serial`: one host with one worker: the baseline that every speed-up is measured against.

#include "executors/placement.hpp"

namespace ropewalk {

Placement place_serial(std::uint32_t workers, std::uint32_t per_host);

}  // namespace ropewalk
