#pragma once
// Parses JSON text into values. value.hpp writes them. Pure; any thread.

#include <ropewalk/value.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace ropewalk {

/// Parses one JSON value with nothing behind it, nested at most 64 deep. Numbers without a fraction become ints, others
/// floats. On failure returns nothing, and `problem` contains the cause and the character position.
std::optional<Value> value_from_json(std::string_view text, std::string& problem);

}  // namespace ropewalk
