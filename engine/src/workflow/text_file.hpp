#pragma once
// Reads the file that a user names, whatever it is, and says in one sentence what is wrong with it.

#include "workflow/source.hpp"

#include <ropewalk/error.hpp>

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

namespace ropewalk {

inline constexpr std::size_t kLargestWorkflow = 1 << 20;  ///< bytes

/// The bytes of a regular file, or of stdin for "-". Never blocks on a FIFO, never reads beyond the limit.
Result<std::string> read_text_file(const std::filesystem::path& file);

/// Checks that it is UTF-8 of printable characters and not empty; its lines end in '\n' afterwards.
Result<Source> check_text(std::string_view bytes, std::string name);

}  // namespace ropewalk
