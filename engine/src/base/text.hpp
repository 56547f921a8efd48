#pragma once
// Text functions shared by several rooms.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace ropewalk {

/// Whether the text is well-formed UTF-8, without surrogates and overlong forms.
bool is_utf8(std::string_view text);
/// The code point at the start of `text` if escape_for_display() shows it as \uXXXX; otherwise 0.
std::uint32_t invisible_at(std::string_view text);
/// Length in bytes of the well-formed prefix.
std::size_t utf8_prefix(std::string_view text);
/// Number of characters; each byte that is not UTF-8 counts as one.
std::size_t count_characters(std::string_view text);

/// Terminal columns of one character: two for the wide East Asian blocks and emoji, zero for combining marks.
std::size_t columns_of(std::string_view character);
/// Length in bytes of the longest prefix of whole characters that fits in that many columns.
std::size_t fitting_columns(std::string_view text, std::size_t columns);

/// Position of `wanted` (not empty) in `text` from `at` on; npos if absent. Linear in both lengths, unlike
/// std::string::find.
std::size_t find_in(std::string_view text, std::string_view wanted, std::size_t at);

/// Escapes text for messages and terminals: control characters, line ends, bidirectional marks and bytes that are not
/// UTF-8 become visible (\n, \x1b, \u202e).
std::string escape_for_display(std::string_view text);

/// The message for an errno of a failed start of a process or thread.
std::string start_failure_text(int error);

/// "90 s", "1.5 s", "20 ms"; exact.
std::string duration_text(std::int64_t nanoseconds);
/// "64 MiB", "15 MB", "1 kB", "1234 bytes"; exact.
std::string size_text(std::uint64_t bytes);
/// "/usr/bin, /opt/bin".
std::string path_list(std::span<const std::filesystem::path> paths);

}  // namespace ropewalk
