#pragma once
// The stage that a host is lent to, posted where its workers look when they meet an item of a stage that they do not
// know. A message would do as well, but it wakes the host's control thread, which then takes the core of the worker.

#include "protocol/board_layout.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace ropewalk::board {

/// By the engine, while the host has no item. False: it is too large, and has to be a message.
bool post_notice(std::byte* inbox, const Layout& layout, std::uint64_t number, std::string_view setup);

/// By a worker that has an item of that stage. Absent: it was not posted, and is on its way as a message.
std::optional<std::string> read_notice(const std::byte* inbox, const Layout& layout, std::uint64_t number);

}  // namespace ropewalk::board
