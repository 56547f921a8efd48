#pragma once
// What a failed system call becomes: an exception with what was tried, the path and the cause. Any thread.

#include <cerrno>
#include <filesystem>
#include <string_view>

namespace disk {

/// Throws NoRoom where no descriptor is left, Transient where trying again may help (no memory, interrupted), else a
/// plain error.
[[noreturn]] void fail(std::string_view what, const std::filesystem::path& path, int error = errno);

}  // namespace disk
