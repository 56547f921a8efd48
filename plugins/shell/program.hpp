#pragma once
// Which file a command's first word means, and in words why one cannot be run. Any thread.

#include <string>
#include <vector>

namespace shell {

/// The path to execute: the word itself if it holds a slash, else the first executable file of that name in the
/// folders of `search_path` (PATH's syntax). `folder` is the descriptor of the command's working directory, which
/// relative paths start from. Throws Permanent if there is none.
std::string find_program(const std::string& word, const std::string& search_path, int folder);

/// Throws the failure that `error` of starting `program` is: NoRoom where it helps to wait until others have ended,
/// Transient where trying again may.
[[noreturn]] void fail_to_start(const std::string& word, const std::string& program, int folder, int error);

}  // namespace shell
