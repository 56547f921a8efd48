#pragma once
// Programs of the file system, by name. Any thread.

#include <filesystem>
#include <string>
#include <string_view>

namespace ropewalk {

/// Whether it is a file that this process may execute.
bool is_program(const std::filesystem::path& file);

/// The first program of that name in the folders of a PATH. Empty: there is none. Relative folders are left out: what
/// they hold depends on where ropewalk is started.
std::filesystem::path program_in_path(std::string_view path, const std::string& name);

}  // namespace ropewalk
