#pragma once
// What the program keeps for its user between runs: where that lies, and small files there. Any thread.

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace ropewalk {

/// The program has been started with more rights than its user has (setuid, file capabilities). Then the environment, and all
/// files that it leads to, belong to somebody else and decide nothing.
bool has_borrowed_rights();

/// $VARIABLE/ropewalk, else ~/BELOW_HOME/ropewalk. Empty: neither is an absolute path, or the rights are borrowed.
std::filesystem::path user_folder(const char* variable, const char* below_home);

/// The file's content. None: it cannot be read, is larger, is reached by a link, or another user could have written it.
std::optional<std::string> read_user_file(const std::filesystem::path& file, std::size_t max_bytes);
/// Whole or not at all, readable by the user only; makes its folders. 0, or errno.
int write_user_file(const std::filesystem::path& file, std::string_view bytes);

}  // namespace ropewalk
