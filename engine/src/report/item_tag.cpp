#include "report/item_tag.hpp"

#include <ropewalk/json.hpp>

#include <algorithm>

namespace ropewalk {

std::string item_tag(const Value& item) {
  std::string tag;
  const auto add = [&](const Value& member) { tag += (tag.empty() ? "" : " ") + item_tag(member); };
  if (const auto bytes = item.bytes())
    tag = *bytes;
  else if (item.list_size())
    item.each_element(add);
  else if (const Map* map = item.as_map())
    for (const auto& [name, member] : *map) add(member);
  else
    tag = to_json(item);
  std::replace_if(
      tag.begin(), tag.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
  return tag;
}

void append_tagged(std::string& out, std::string_view tag, std::string_view lines) {
  while (!lines.empty()) {
    const std::string_view line = lines.substr(0, std::min(lines.find('\n'), lines.size() - 1) + 1);
    out.append(tag).append(1, '\t').append(line);
    lines.remove_prefix(line.size());
  }
}

}  // namespace ropewalk
