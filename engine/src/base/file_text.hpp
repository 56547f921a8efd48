#pragma once
// The content of a file, also of one of the kernel.

#include <filesystem>
#include <optional>
#include <string>

namespace ropewalk {

/// All bytes of the file, in one read for each 4 KiB: files of the kernel have no size, and some vanish while they are
/// read. Nothing: it cannot be opened or read to its end, as a folder. std::istreambuf_iterator throws there.
/// Thread-safe.
std::optional<std::string> file_text(const std::filesystem::path& file);

}  // namespace ropewalk
