#pragma once
// Values as bytes, for everything nested that crosses a process boundary: FlexBuffers, verified before reading.

#include <ropewalk/value.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace ropewalk {

/// Appends nothing but the encoding. Paths nested in lists and maps become text if they are UTF-8, else bytes.
std::string encode_value(const Value& value);

/// Total: any bytes give a value or nothing. Depth at most 64.
std::optional<Value> decode_value(std::string_view bytes);

}  // namespace ropewalk
