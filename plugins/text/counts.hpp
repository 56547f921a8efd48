#pragma once
// Word counts as tasks receive and return them. Plain values; any thread.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace text {

using Counts = std::map<std::string, std::int64_t>;

/// The same during counting: looked up without constructing a string.
struct HashWord {
  using is_transparent = void;
  std::size_t operator()(std::string_view word) const { return std::hash<std::string_view>()(word); }
};
using Tally = std::unordered_map<std::string, std::int64_t, HashWord, std::equal_to<>>;

/// A word and its count, borrowed from a tally.
using Ranked = std::pair<std::string_view, std::int64_t>;

/// The `most` most frequent words (absent: all), the most frequent first, equal counts in bytewise order.
std::vector<Ranked> ranked(const Tally& tally, std::optional<std::int64_t> most);

Counts counts_of(const std::vector<Ranked>& words);

}  // namespace text
