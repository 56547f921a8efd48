#pragma once
// Small questions about text that several folders ask.

#include <cstddef>
#include <string>
#include <string_view>

namespace ropewalk {

/// Well-formed UTF-8 without surrogates and overlong forms.
bool is_utf8(std::string_view text);
/// Length in bytes of the well-formed prefix.
std::size_t utf8_prefix(std::string_view text);
/// Characters, if it is UTF-8; each stray byte counts as one.
std::size_t count_characters(std::string_view text);

/// For messages and terminals: control characters, line ends, bidirectional marks and bytes that are not UTF-8
/// become visible escapes (\n, \x1b, \u202e).
std::string escape_for_display(std::string_view text);

}  // namespace ropewalk
