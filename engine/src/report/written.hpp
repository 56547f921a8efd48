#pragma once
// Formats the output of a failed attempt, for machines and for people. Pure text.

#include <ropewalk/events.hpp>
#include <ropewalk/kept_output.hpp>
#include <ropewalk/report.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace ropewalk {

/// Appends a JSON string if the whole stream was kept, otherwise {"bytes": N, "head": "...", "tail": "..."}, where
/// `bytes` is the total size.
void append_stream_json(std::string& out, const KeptStream& stream);

/// Appends `, "stdout": ...` and so on for each stream that is not empty, within an object.
void append_output_members(std::string& out, const KeptOutput& output);

/// "PREFIX | text", a line for each line of the text.
std::string prefixed_lines(std::string_view prefix, std::string_view text);
/// What a task logged, as lines "hash/7 | warning: text".
std::string log_lines(std::string_view stage, std::uint64_t index, LogLevel level, std::string_view text);
/// So much of what a task logged is shown below its failure.
inline constexpr std::size_t kKeptLogBytes = 4096;

/// Appends "      | text" for each line, the streams in order of arrival. `message`: the failure's message, which is
/// not repeated.
void append_written_lines(std::string& out, const KeptOutput& output, std::string_view message,
                          const WrittenStyle& style);

}  // namespace ropewalk
