#pragma once
// Moments for people and for machines. Pure; any thread.

#include <cstdint>
#include <string>

namespace ropewalk {

/// "2026-11-29 12:03:11", in the time zone of the program.
std::string local_time_text(std::int64_t unix_ns);
/// "2026-11-29T11:03:11Z".
std::string utc_time_text(std::int64_t unix_ns);

}  // namespace ropewalk
