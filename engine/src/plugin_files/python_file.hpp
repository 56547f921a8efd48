#pragma once
// What is known of a plugin in Python by its file's name and text. Runs nothing. Any thread.

#include <filesystem>

namespace ropewalk {

/// Whether the file's name ends with ".py".
bool is_python_file(const std::filesystem::path& file);

/// Whether its text mentions ropewalk, as that of every plugin does. A folder of plugins may have other modules too,
/// which must not be run only to be listed.
bool mentions_ropewalk(const std::filesystem::path& file);

}  // namespace ropewalk
