#pragma once
// Suggestions for misspelt names ("did you mean").

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ropewalk {

/// Returns the candidate nearest to `word`, or "" if none is near. At most a third of its letters (at least one) may
/// differ; swapping two neighbours counts as one edit (restricted Damerau-Levenshtein). The first candidate wins a tie.
/// Only some candidates of a very long list are compared.
std::string nearest(std::string_view word, std::span<const std::string> candidates);

/// "a, b, c": names for a message, at most ten.
std::string at_most_ten(std::span<const std::string> names);

/// Returns "; did you mean 'width'?" or "".
std::string did_you_mean(std::string_view word, std::span<const std::string> candidates);

}  // namespace ropewalk
