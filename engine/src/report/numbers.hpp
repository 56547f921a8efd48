#pragma once
// Formats numbers and other small values: for people in tables and progress, and for machines in JSON. Independent of
// the locale. Allocates nothing but the result.

#include <cstdint>
#include <string>
#include <string_view>

namespace ropewalk {

/// "8.21 s", "340 ms", "12 us", "3.4 us", "780 ns", "104 s", "12m05s", "3h05m"; "0 s" for nothing.
std::string duration_text(double seconds);

/// A time that is shown while it passes, in whole seconds and at most six columns below 100 hours: "7 s", "99 s",
/// "1m40s", "3h05m". Rounded down; negative is "0 s".
std::string passing_time_text(double seconds);

/// How often something happens: "1,234/s", "3.2/s", "9.6/min", "4.0/h".
std::string rate_text(double per_second);

/// 1024 -> "1,024".
std::string grouped(std::uint64_t number);

/// "1 task", "1,024 tasks".
std::string counted(std::uint64_t number, std::string_view noun);

/// "2.1 MB", "512 bytes".
std::string bytes_text(std::uint64_t bytes);

/// JSON number of seconds, exact to the nanosecond: 1234500000 -> 1.2345.
void append_json_seconds(std::string& out, std::int64_t ns);

/// JSON number with `digits` significant digits, so that a document contains no rounding noise.
void append_json_rounded(std::string& out, double value, int digits);

void append_json_count(std::string& out, std::uint64_t number);

/// Lines of text as an array of strings.
void append_json_lines(std::string& out, std::string_view lines);

/// "SIGSEGV" for 11; "signal 77" for a signal without a name.
std::string signal_name(int signal);

}  // namespace ropewalk
