#pragma once
// The notice of the stage that a host is lent to. It is posted in the inbox, where workers look it up when they reach
// an item of an unknown stage. A message would also work, but it would wake the host's control thread, which would then
// take the worker's core.

#include "protocol/board_layout.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace ropewalk::board {

/// Called by the engine while the host has no item. Returns false if the setup is too large and must be sent as a
/// message.
bool post_notice(std::byte* inbox, const Layout& layout, std::uint64_t number, std::string_view setup);

/// Called by a worker that has an item of that stage. Empty if no notice was posted; the setup is then on its way as a
/// message.
std::optional<std::string> read_notice(const std::byte* inbox, const Layout& layout, std::uint64_t number);

}  // namespace ropewalk::board
