#include "counts.hpp"

#include <algorithm>

namespace text {

std::vector<Ranked> ranked(const Tally& tally, std::optional<std::int64_t> most) {
  std::vector<Ranked> words(tally.begin(), tally.end());
  const std::size_t kept = most ? std::min(words.size(), static_cast<std::size_t>(*most)) : words.size();
  const auto end = words.begin() + static_cast<std::ptrdiff_t>(kept);
  std::partial_sort(words.begin(), end, words.end(), [](const Ranked& a, const Ranked& b) {
    return a.second != b.second ? a.second > b.second : a.first < b.first;
  });
  words.erase(end, words.end());
  return words;
}

Counts counts_of(const std::vector<Ranked>& words) { return Counts(words.begin(), words.end()); }

}  // namespace text
