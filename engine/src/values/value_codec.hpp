#pragma once
// Values as bytes, for everything nested that crosses a process boundary: FlexBuffers, verified before reading.

#include <ropewalk/value.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace ropewalk {

/// How many lists and maps may lie within each other.
inline constexpr int kMaxNesting = 64;
/// An encoding may not have more bytes: FlexBuffers cannot verify more.
inline constexpr std::size_t kMaxEncodedBytes = (std::size_t{1} << 31) - 2;

/// Why decode_value() could not give the same value back: "it is nested more than 64 deep". Empty: it can.
std::string encoding_problem(const Value& value);

/// Appends nothing but the encoding. Paths nested in lists and maps become text if they are UTF-8, else bytes. The value
/// has no encoding_problem().
std::string encode_value(const Value& value);

/// Total: any bytes give a value or nothing. A float that is not finite, nesting that is too deep and a value that is
/// larger than its bytes are refused.
std::optional<Value> decode_value(std::string_view bytes);
/// Of the value that decode_value() would give. Nothing: it would give none.
std::optional<Value::Kind> encoded_kind(std::string_view bytes);

}  // namespace ropewalk
