#pragma once
// What a failed attempt wrote, for machines and for people. Pure text.

#include <ropewalk/kept_output.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace ropewalk {

/// A JSON string if all of the stream was kept, else {"bytes": N, "head": "...", "tail": "..."}, where `bytes` is what was
/// written in all.
void append_stream_json(std::string& out, const KeptStream& stream);

/// `, "stdout": ...` and so on for each stream that something was written to, within an object.
void append_output_members(std::string& out, const KeptOutput& output);

struct WrittenStyle {
  std::size_t lines = 20;  ///< at most: half of them from the beginning, half from the end
  bool err = true;         ///< standard error of commands too
  std::string_view more = "-v shows more";  ///< how to see what is left out
};
/// "      | text" for each line, the streams as they arrived. `message`: what the failure says, which is not repeated.
void append_written_lines(std::string& out, const KeptOutput& output, std::string_view message, const WrittenStyle& style);

}  // namespace ropewalk
