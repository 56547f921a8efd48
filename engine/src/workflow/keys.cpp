#include "workflow/keys.hpp"

#include "base/suggest.hpp"
#include "base/text.hpp"
#include "workflow/foreign_words.hpp"

#include <ropewalk/codes.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace ropewalk {
namespace {

bool has(const std::vector<std::string>& keys, const std::string& key) {
  return std::find(keys.begin(), keys.end(), key) != keys.end();
}

}  // namespace

void check_keys(const Source& source, const Node& map, const KeyTable& table, Diagnostics& diagnostics) {
  for (const Node& key : map.keys) {
    if (has(table.keys, key.text)) continue;
    if (diagnostics.is_long()) return;
    std::vector<std::string> notes{fmt::format("{} takes: {}", table.of, fmt::join(table.keys, ", "))};
    const std::string_view foreign = has(table.keys, "stages") || has(table.keys, "task") ? hint_for_key(key.text) : "";
    if (!foreign.empty()) notes.insert(notes.begin(), std::string(foreign));
    diagnostics.add(codes::kUnknownKey, place_of(source, key),
                    fmt::format("{} has no key '{}'{}", table.of, escape_for_display(key.text),
                                foreign.empty() ? did_you_mean(key.text, table.keys) : ""),
                    std::move(notes));
  }
}

bool is_misspelt(const Node& map, const KeyTable& table, std::string_view key) {
  const std::vector<std::string>& all = table.keys;
  return std::any_of(map.keys.begin(), map.keys.end(),
                     [&](const Node& each) { return !has(all, each.text) && nearest(each.text, all) == key; });
}

bool is_name(std::string_view text) {
  if (text.empty() || text.front() < 'a' || text.front() > 'z') return false;
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-'; });
}

}  // namespace ropewalk
