#pragma once
// Small questions about text that several folders ask.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace ropewalk {

/// Well-formed UTF-8 without surrogates and overlong forms.
bool is_utf8(std::string_view text);
/// The code point that `text` begins with, if it is one that escape_for_display() shows as \uXXXX; else 0.
std::uint32_t invisible_at(std::string_view text);
/// Length in bytes of the well-formed prefix.
std::size_t utf8_prefix(std::string_view text);
/// Characters, if it is UTF-8; each stray byte counts as one.
std::size_t count_characters(std::string_view text);

/// Columns of a terminal that one character takes: two for the wide blocks of East Asia and emoji, none for combining marks.
std::size_t columns_of(std::string_view character);
/// Length in bytes of the longest beginning, of whole characters, that takes at most so many columns.
std::size_t fitting_columns(std::string_view text, std::size_t columns);

/// Where `wanted`, which is not empty, begins in `text` from `at` on; npos: nowhere. Linear in both, unlike std::string::find.
std::size_t find_in(std::string_view text, std::string_view wanted, std::size_t at);

/// For messages and terminals: control characters, line ends, bidirectional marks and bytes that are not UTF-8
/// become visible escapes (\n, \x1b, \u202e).
std::string escape_for_display(std::string_view text);

/// Why a process or a thread could not be started, by errno.
std::string start_failure_text(int error);

/// "90 s", "1.5 s", "20 ms"; exact.
std::string duration_text(std::int64_t nanoseconds);
/// "64 MiB", "15 MB", "1 kB", "1234 bytes"; exact.
std::string size_text(std::uint64_t bytes);

}  // namespace ropewalk
