#pragma once
// Names for runs that a person can say and type. Pure.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace ropewalk::record {

/// "quiet-otter": of 4,096 names the one that `chance` picks.
std::string run_name(std::uint32_t chance);

/// "20261129-120300-quiet-otter": sorts by time. `unix_s`: UTC.
std::string run_id(std::int64_t unix_s, std::string_view name);

/// Of the beginning of an id, which is the same for all runs that begin in one second.
inline constexpr std::size_t kSecondLength = std::string_view("20261129-120300").size();

/// The name within an id: what follows the time. Empty: it is no such id.
std::string_view name_in(std::string_view id);

}  // namespace ropewalk::record
