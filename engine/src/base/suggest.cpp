#include "base/suggest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cctype>
#include <cstdint>

namespace ropewalk {
namespace {

constexpr std::size_t kMaxLength = 64;  // longer words are no typing errors, and the table below is quadratic
constexpr std::size_t kCompared = 200;  // candidates that are compared in detail

using Row = std::array<std::uint8_t, kMaxLength + 1>;

std::size_t distance(std::string_view a, std::string_view b) {
  Row before{}, last{}, row{};
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = static_cast<std::uint8_t>(j);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = static_cast<std::uint8_t>(i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      int least = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) least = std::min(least, before[j - 2] + 1);
      row[j] = static_cast<std::uint8_t>(least);
    }
    std::swap(before, last);
    std::swap(last, row);
  }
  return last[b.size()];
}

char lowered(char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); }

std::string lowered(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = lowered(c);
  return out;
}

/// The set of characters in a word. One edit changes at most two bits.
std::uint64_t letters_of(std::string_view word) {
  std::uint64_t letters = 0;
  for (const char c : word) letters |= std::uint64_t{1} << (static_cast<unsigned char>(lowered(c)) & 63);
  return letters;
}

}  // namespace

std::string nearest(std::string_view word, std::span<const std::string> candidates) {
  if (word.size() > kMaxLength) return {};
  const std::string wanted = lowered(word);
  const std::uint64_t letters = letters_of(wanted);
  const std::string* best = nullptr;
  std::size_t best_distance = std::max<std::size_t>(1, word.size() / 3) + 1;
  std::size_t compared = 0;
  for (const std::string& candidate : candidates) {
    const std::size_t longer = std::max(wanted.size(), candidate.size()),
                      shorter = std::min(wanted.size(), candidate.size());
    if (candidate.size() > kMaxLength || longer - shorter >= best_distance) continue;
    if (static_cast<std::size_t>(std::popcount(letters ^ letters_of(candidate))) > 2 * (best_distance - 1)) continue;
    if (++compared > kCompared) break;
    const std::size_t d = distance(wanted, lowered(candidate));
    const bool related = d < longer;  // 'a' is not a misspelt 'b'
    if (d < best_distance && related) best = &candidate, best_distance = d;
  }
  return best ? *best : std::string();
}

std::string at_most_ten(std::span<const std::string> names) {
  constexpr std::size_t kMax = 10;
  return fmt::format("{}{}", fmt::join(names.first(std::min(kMax, names.size())), ", "),
                     names.size() > kMax ? ", ..." : "");
}

std::string did_you_mean(std::string_view word, std::span<const std::string> candidates) {
  const std::string name = nearest(word, candidates);
  return name.empty() ? std::string() : fmt::format("; did you mean '{}'?", name);
}

}  // namespace ropewalk
