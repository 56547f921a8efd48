#pragma once
// Files by pattern. Pure but for reading folders; any thread. Knows no workflow.
//
//   *  any characters of a name   ?  one character   [a-z] [!a]  one of a set   {a,b}  either
//   **  as a whole part of the path: any number of folders, as its last part every file below   \x  x itself
//   /  at the end: folders, not files
//
// Regular files and links to them, hidden ones too. Folders that wildcards match are entered, links to folders are not;
// what is written without wildcards before the first of them is taken as it is.

#include "expressions/budget.hpp"

#include <ropewalk/error.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace ropewalk {

/// What is wrong with a pattern, or "".
std::string glob_problem(std::string_view pattern, Budget& budget);

/// Makes text mean itself in a pattern.
std::string escape_glob(std::string_view text);

struct GlobMatches {
  std::vector<std::string> paths;       ///< bytewise ascending, each once, relative where its pattern is
  std::vector<std::string> unreadable;  ///< folders below that could not be entered, with the reason; at most ten
  std::size_t unreadable_count = 0;
};

/// The files that any of the patterns matches and none of `excludes`. One of these fits a whole path, or without a
/// slash the last part of it; what is in a folder that it fits is left out too. A folder that a pattern begins with,
/// but that is not there or cannot be read, is an error.
Result<GlobMatches> expand_globs(const std::vector<std::string>& patterns,
                                 const std::vector<std::string>& excludes = {});

}  // namespace ropewalk
