#pragma once
// Converts a failed system call into an exception with the action, the path and the cause. Any thread.

#include <cerrno>
#include <filesystem>
#include <string_view>

namespace disk {

/// Throws NoRoom if no descriptor is left, Transient if a retry may help (no memory, interrupted), otherwise a plain
/// error.
[[noreturn]] void fail(std::string_view what, const std::filesystem::path& path, int error = errno);

}  // namespace disk
