#pragma once
// How a task is named in every message: `convert/12 (photos/IMG_0012.jpg)`.

#include <ropewalk/value.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ropewalk {

/// The item is left out where there is none, and where it is the index itself, as in a stage over `range: 10`.
std::string task_name(std::string_view stage, std::uint64_t index, const std::optional<ShownValue>& item);

}  // namespace ropewalk
