#pragma once
// How a value that belongs to a message looks, as the item of a task that failed: short and on one line for people, JSON
// for machines. Pure; any thread.

#include <ropewalk/value.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace ropewalk {

/// A value of more bytes than this is repeated as its beginning only.
inline constexpr std::size_t kLongestShown = 4096;

/// The value, or the beginning of one that is too long: of text, bytes and paths their own, of lists and maps that of
/// their JSON.
ShownValue shown(Value value);
std::optional<ShownValue> shown(std::optional<Value> value);

/// At most 60 characters on one line, without control characters: text and paths as they are, a map as
/// `pressure: 0.1, model: ideal`, the rest as JSON. The middle of a longer text is left out.
std::string short_text(const ShownValue& value);

/// Appends `"item": JSON`, or `"item_start": JSON` for the beginning of a long one; `key` is "item".
void append_shown_member(std::string& out, std::string_view key, const ShownValue& value);

}  // namespace ropewalk
