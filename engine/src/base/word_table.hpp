#pragma once
// Words that stand for values: one table serves reading, listing and suggestions, so no value depends on the position
// of its word. Plain values; any thread.

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ropewalk {

template <class Value>
struct Word {
  std::string_view name;
  Value value;
};

/// In the order in which lists show them.
template <class Value>
using WordTable = std::span<const Word<Value>>;

/// Nothing: the table has no such word.
template <class Value>
std::optional<Value> find_word(WordTable<Value> table, std::string_view name) {
  for (const Word<Value>& word : table)
    if (word.name == name) return word.value;
  return std::nullopt;
}

/// Empty: the table has no word for it.
template <class Value>
std::string_view word_for(WordTable<Value> table, Value value) {
  for (const Word<Value>& word : table)
    if (word.value == value) return word.name;
  return {};
}

template <class Value>
std::vector<std::string> names_of(WordTable<Value> table) {
  std::vector<std::string> names;
  for (const Word<Value>& word : table) names.emplace_back(word.name);
  return names;
}

}  // namespace ropewalk
