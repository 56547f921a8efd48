#pragma once
// The parts of one pattern, and how they match names. For glob.cpp. Pure functions on plain values.

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
  bool folders = false;  ///< it ends in '/', so it matches folders
};

/// Expands {a,b} into at most 1,000 patterns. Sets `problem` on an error. Each alternative copies the text around it,
/// so the copies are charged to the budget.
std::vector<std::string> expand_braces(std::string_view pattern, Budget& budget, std::string& problem);

/// A pattern without braces.
GlobPattern split_pattern(std::string_view pattern);

/// Takes time linear in name times pattern. '?' and sets match a whole character if the name is UTF-8.
bool matches_part(const GlobPart& part, std::string_view name);

/// Whether the pattern matches a whole path. A pattern without a slash matches the last part of the path.
bool matches_path(const GlobPattern& pattern, std::string_view path, bool is_folder);

}  // namespace ropewalk::detail
