#pragma once
// What a failed system call becomes: an exception with what was tried, the path and the cause. Any thread.

#include <cerrno>
#include <filesystem>
#include <string_view>

namespace disk {

/// Throws Transient where waiting may help (no memory, no descriptors, interrupted), else a plain error.
[[noreturn]] void fail(std::string_view what, const std::filesystem::path& path, int error = errno);

}  // namespace disk
