#pragma once
// Reads the file that a user names, whatever its type, and describes a problem in one sentence.

#include "workflow/source.hpp"

#include <ropewalk/error.hpp>

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

namespace ropewalk {

inline constexpr std::size_t kMaxWorkflowBytes = 1 << 20;

/// Returns the bytes of a regular file, or of stdin for "-". Never blocks on a FIFO, never reads beyond the limit.
Result<std::string> read_text_file(const std::filesystem::path& file);

/// Checks that the text is UTF-8, contains only printable characters and is not empty. The lines of the result end in
/// '\n'.
Result<Source> check_text(std::string_view bytes, std::string name);

}  // namespace ropewalk
