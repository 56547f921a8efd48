#pragma once
// The name of a task in every message: `convert/12 (photos/IMG_0012.jpg)`.

#include <ropewalk/value.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ropewalk {

/// The item is omitted if there is none, or if it is the index itself, as in a stage over `range: 10`.
std::string task_name(std::string_view stage, std::uint64_t index, const std::optional<ShownValue>& item);

}  // namespace ropewalk
