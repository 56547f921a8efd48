#pragma once
// Reads the encoded results of a plan's stages without the plan: for the record, which is written on another thread.

#include <ropewalk/plan.hpp>
#include <ropewalk/value.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

namespace ropewalk {

/// The result of a task as a map of its fields, from TaskFinished::fields. Nothing: the bytes are no such encoding.
/// Keeps a copy of what it needs of the plan; any thread.
std::function<std::optional<Value>(std::uint32_t stage, std::string_view fields)> result_decoder(const Plan& plan);

}  // namespace ropewalk
