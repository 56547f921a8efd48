#pragma once
// Regular expressions of RE2, which match in time linear in the text, compiled once for each thread that uses them.

#include "expressions/budget.hpp"

#include <ropewalk/value.hpp>

#include <string>

namespace ropewalk {

/// Why a pattern is no regular expression; empty: it is one. The budget is charged for reading it.
std::string pattern_problem(const std::string& pattern, Budget& budget);

/// Sets `out` to the first match of the pattern, then its groups, as texts; to null if there is no match. A group that
/// takes no part is null. Returns false with the cause in `problem`: a wrong pattern, or costs beyond the budget.
bool match_pattern(const std::string& text, const std::string& pattern, Value& out, Budget& budget,
                   std::string& problem);

}  // namespace ropewalk
