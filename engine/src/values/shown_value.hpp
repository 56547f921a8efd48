#pragma once
// How a value appears in a message, for example the item of a failed task: short and on one line for people, JSON for
// machines. Pure; any thread.

#include <ropewalk/value.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace ropewalk {

/// A value of more bytes than this is shown by its start only.
inline constexpr std::size_t kMaxShownBytes = 4096;

/// Returns the value, or its start if it is too long. The start of text, bytes and paths is measured in their own
/// bytes, that of lists and maps in the bytes of their JSON.
ShownValue shown(Value value);
std::optional<ShownValue> shown(std::optional<Value> value);

/// At most 60 characters on one line, without control characters. Text and paths are shown as they are, a map as
/// `pressure: 0.1, model: ideal`, and the rest as JSON. The middle of a longer text is left out.
std::string short_text(const ShownValue& value);

/// The value with text in the place of bytes that are text, also in its lists and maps.
Value readable(Value value);

/// Appends `"item": JSON`, or `"item_start": JSON` for the start of a long value; `key` is "item".
void append_shown_member(std::string& out, std::string_view key, const ShownValue& value);

}  // namespace ropewalk
