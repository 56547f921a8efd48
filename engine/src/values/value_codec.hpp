#pragma once
// Encodes values as bytes for everything nested that crosses a process boundary: FlexBuffers, verified before reading.

#include <ropewalk/value.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace ropewalk {

/// Maximum nesting of lists and maps.
inline constexpr int kMaxNesting = 64;
/// Maximum size of an encoding. FlexBuffers cannot verify more.
inline constexpr std::size_t kMaxEncodedBytes = (std::size_t{1} << 31) - 2;

/// Why decode_value() could not restore the value, for example "it is nested more than 64 deep"; empty if it can.
std::string encoding_problem(const Value& value);

/// Appends only the encoding. Paths nested in lists and maps become text if they are UTF-8, otherwise bytes. The value
/// must have no encoding_problem().
std::string encode_value(const Value& value);

/// Total: any bytes decode to a value or to nothing. Floats that are not finite, excessive nesting, and values larger
/// than their bytes are rejected.
std::optional<Value> decode_value(std::string_view bytes);
/// The kind of the value that decode_value() would return; empty if it would return none.
std::optional<Value::Kind> encoded_kind(std::string_view bytes);

}  // namespace ropewalk
