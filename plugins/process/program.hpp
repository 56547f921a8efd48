#pragma once
// Finds the file of a command's first word, and describes why it cannot be run. Any thread.

#include <string>
#include <vector>

namespace process {

/// Returns the path to execute: the word itself if it contains a slash, otherwise the first executable file of that
/// name in the folders of `search_path` (PATH's syntax). `folder` is the descriptor of the command's working directory,
/// the base of relative paths. Throws Permanent if there is no such file.
std::string find_program(const std::string& word, const std::string& search_path, int folder);

/// Throws the failure for an `error` of starting `program`: NoRoom if waiting for other tasks helps, Transient if a
/// retry may help.
[[noreturn]] void fail_to_start(const std::string& word, const std::string& program, int folder, int error);

}  // namespace process
