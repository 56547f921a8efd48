#pragma once
// Files by pattern. Pure but for reading folders; any thread. Knows no workflow.
//
//   *  any characters of a name   ?  one character   [a-z] [!a]  one of a set   {a,b}  either
//   **  as a whole part of the path: any number of folders, as its last part every file below   \x  x itself
//
// Regular files and links to them, dotfiles too. Folders that wildcards match are entered, links to folders are not;
// what is written without wildcards before the first of them is taken as it is.

#include <ropewalk/error.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace ropewalk {

/// What is wrong with a pattern, or "".
std::string glob_problem(std::string_view pattern);

/// Makes text mean itself in a pattern.
std::string escape_glob(std::string_view text);

/// The files that any of the patterns matches: bytewise ascending, each once, relative where its pattern is. A folder
/// that a pattern begins with, but that is not there, is an error, and so is one that cannot be read.
Result<std::vector<std::string>> expand_globs(const std::vector<std::string>& patterns);

}  // namespace ropewalk
