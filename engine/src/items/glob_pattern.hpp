#pragma once
// One pattern, taken apart: how glob.cpp matches names. Pure functions on plain values.

#include "expressions/budget.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace ropewalk::detail {

/// One part of a path, between its slashes.
struct GlobPart {
  enum class Kind { literal, wildcard, any_depth };
  Kind kind = Kind::literal;
  std::string text;  ///< literal: the name itself; wildcard: the pattern with its escapes
};

struct GlobPattern {
  std::string base;  ///< "" or a folder that ends in '/': everything before the first part with a wildcard
  std::vector<GlobPart> parts;
  bool folders = false;  ///< it ends in '/', so it is folders that it matches
};

/// {a,b} written out, at most 1,000 patterns; `problem` says what is wrong, else it stays empty. Each { } is a copy of
/// what is around it, so it is paid for.
std::vector<std::string> expand_braces(std::string_view pattern, Budget& budget, std::string& problem);

/// A pattern without braces.
GlobPattern split_pattern(std::string_view pattern);

/// Linear in name times pattern; '?' and sets take a whole UTF-8 character where the name is UTF-8.
bool matches_part(const GlobPart& part, std::string_view name);

/// Whether a whole path is one that the pattern describes. Without a slash in it, only the last part of the path
/// counts.
bool matches_path(const GlobPattern& pattern, std::string_view path, bool is_folder);

}  // namespace ropewalk::detail
