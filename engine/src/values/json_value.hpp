#pragma once
// JSON text to values: numbers without a fraction are ints, others floats. Pure; any thread.

#include <ropewalk/value.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace ropewalk {

/// One JSON value and nothing behind it, nested at most 64 deep. Nothing: `problem` says why and at which character.
std::optional<Value> value_from_json(std::string_view text, std::string& problem);

}  // namespace ropewalk
