#pragma once
// Files that the program keeps for its user between runs: their folder, and reading and writing small ones. Any thread.

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace ropewalk {

/// Whether the program has more rights than its user (setuid, file capabilities). The environment, and all files found
/// through it, are then controlled by another user and must be ignored.
bool has_borrowed_rights();

/// $VARIABLE/ropewalk, otherwise ~/BELOW_HOME/ropewalk. Empty if neither is an absolute path, or if the rights are
/// borrowed.
std::filesystem::path user_folder(const char* variable, const char* below_home);

/// The content of the file. Empty if it cannot be read, is larger than `max_bytes`, is a link, or could have been
/// written by another user.
std::optional<std::string> read_user_file(const std::filesystem::path& file, std::size_t max_bytes);
/// Writes the file atomically, readable only by the user, and creates its folders. Returns 0 or an errno.
int write_user_file(const std::filesystem::path& file, std::string_view bytes);

}  // namespace ropewalk
