#pragma once
// "did you mean": the nearest of the names that would have been right.

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ropewalk {

/// The candidate nearest to `word`, or "" if none is near: at most a third of its letters (at least one) may be
/// wrong, a swap of neighbours counting once (restricted Damerau-Levenshtein). Ties go to the first.
/// Of very many candidates only some are compared.
std::string nearest(std::string_view word, std::span<const std::string> candidates);

/// "a, b, c": names for a message, at most ten of them.
std::string at_most_ten(std::span<const std::string> names);

/// "; did you mean 'width'?" or "".
std::string did_you_mean(std::string_view word, std::span<const std::string> candidates);

}  // namespace ropewalk
