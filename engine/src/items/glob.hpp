#pragma once
// Finds files by pattern. Pure except for reading folders; any thread. Knows no workflow.
//
//   *  any characters of a name   ?  one character   [a-z] [!a]  one of a set   {a,b}  either
//   **  as a whole part of the path: any number of folders, as its last part every file below   \x  x itself
//   /  at the end: folders, not files
//
// Matches regular files and links to them, including hidden ones. Folders that wildcards match are entered; links to
// folders are not. The part of a pattern before its first wildcard is used unchanged.

#include "expressions/budget.hpp"

#include <ropewalk/error.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace ropewalk {

/// The error in a pattern, or "".
std::string glob_problem(std::string_view pattern, Budget& budget);

/// Escapes text so that a pattern matches it literally.
std::string escape_glob(std::string_view text);

struct GlobMatches {
  std::vector<std::string> paths;       ///< bytewise ascending, without duplicates; relative if the pattern is
  std::vector<std::string> unreadable;  ///< folders below that could not be entered, with the reason; at most ten
  std::size_t unreadable_count = 0;
};

/// The files that match any pattern and none of `excludes`. An exclude matches a whole path or, if it has no slash, the
/// last part of a path; the content of a matching folder is excluded too. A base folder of a pattern that is missing or
/// unreadable is an error. `base`: "" or a folder that ends in '/', from which patterns, excludes and paths start.
Result<GlobMatches> expand_globs(const std::vector<std::string>& patterns,
                                 const std::vector<std::string>& excludes = {}, std::string_view base = {});

}  // namespace ropewalk
