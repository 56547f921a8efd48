#include "values/shown_value.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <utility>

namespace ropewalk {
namespace {

constexpr std::size_t kBeginning = 1000;      // bytes kept of a long value
constexpr std::size_t kShortCharacters = 60;  // of a short text
constexpr std::size_t kShortHead = 20;        // characters before the omitted part
constexpr std::string_view kLeftOut = "...";

/// Subtracts the value's bytes from `budget`; returns false if the value is larger.
bool fits(const Value& value, std::size_t& budget) {
  const auto take = [&](std::size_t bytes) { return bytes <= budget && (budget -= bytes, true); };
  switch (value.kind()) {
    case Value::Kind::text:
    case Value::Kind::bytes:
    case Value::Kind::path: return take(value.bytes()->size());
    case Value::Kind::list: {
      bool good = *value.list_size() <= budget / 2;  // check the size of a long range before visiting it
      if (good) value.each_element([&](const Value& each) { good = good && take(2) && fits(each, budget); });
      return good;
    }
    case Value::Kind::map:
      return std::all_of(value.as_map()->begin(), value.as_map()->end(),
                         [&](const auto& each) { return take(each.first.size() + 4) && fits(each.second, budget); });
    default: return true;
  }
}

/// The first bytes, cut at a character boundary in text.
std::string_view start_of(std::string_view bytes, std::size_t most) {
  if (bytes.size() <= most) return bytes;
  std::size_t end = most;
  while (end > most - 4 && (static_cast<unsigned char>(bytes[end]) & 0xC0) == 0x80) --end;
  return bytes.substr(0, end);
}

/// Copies the start of the value: about `budget` bytes.
Value beginning(const Value& value, std::size_t& budget) {
  switch (value.kind()) {
    case Value::Kind::text:
    case Value::Kind::bytes:
    case Value::Kind::path: {
      const std::string_view start = start_of(*value.bytes(), budget);
      budget -= start.size();
      if (value.kind() == Value::Kind::text) return Value(start);
      return value.kind() == Value::Kind::path ? Value(Path{std::string(start)}) : Value(Bytes{std::string(start)});
    }
    case Value::Kind::list: {
      List list;
      const SharedList* shared = value.as_shared_list();
      for (std::uint64_t i = 0; i < *value.list_size() && budget >= 2; ++i) {
        budget -= 2;
        list.push_back(shared && shared->is_range() ? shared->at(i) : beginning((*value.as_list())[i], budget));
      }
      return list;
    }
    case Value::Kind::map: {
      Map map;
      for (const auto& [key, each] : *value.as_map()) {
        if (budget < key.size() + 4) break;
        budget -= key.size() + 4;
        map.emplace(key, beginning(each, budget));
      }
      return map;
    }
    default: return value;
  }
}

std::string on_one_line(const Value& value) {
  if (const auto bytes = value.bytes()) return escape_for_display(*bytes);
  const Map* map = value.as_map();
  if (!map) return escape_for_display(to_json(value));
  std::string text;
  for (const auto& [key, each] : *map) {
    if (!text.empty()) text += ", ";
    text += escape_for_display(key) + ": " + (each.as_map() ? "{" + on_one_line(each) + "}" : on_one_line(each));
  }
  return text;
}

/// Byte offset of the character with that number.
std::size_t offset_of(std::string_view text, std::size_t number) {
  std::size_t at = 0;
  for (; number > 0 && at < text.size(); --number)
    for (++at; at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80;) ++at;
  return at;
}

}  // namespace

Value readable(Value value) {
  if (List* list = value.as_list())
    for (Value& element : *list) element = readable(std::move(element));
  if (Map* map = value.as_map())
    for (auto& [name, member] : *map) member = readable(std::move(member));
  if (value.kind() == Value::Kind::bytes && is_utf8(*value.as_string())) value.retag(Value::Kind::text);
  return value;
}

ShownValue shown(Value value) {
  std::size_t budget = kMaxShownBytes;
  if (fits(value, budget)) return {std::move(value), false};
  budget = kBeginning;
  Value start = beginning(value, budget);
  if (!start.as_list() && !start.as_map()) return {std::move(start), true};
  return {Value(start_of(to_json(start), kBeginning)), true};
}

std::optional<ShownValue> shown(std::optional<Value> value) {
  return value ? std::optional(shown(std::move(*value))) : std::nullopt;
}

std::string short_text(const ShownValue& value) {
  std::string text = on_one_line(value.value);
  const std::size_t characters = count_characters(text);
  if (value.cut) return text.substr(0, offset_of(text, kShortCharacters - kLeftOut.size())).append(kLeftOut);
  if (characters > kShortCharacters) {
    const std::size_t tail = kShortCharacters - kShortHead - kLeftOut.size();
    return text.substr(0, offset_of(text, kShortHead))
        .append(kLeftOut)
        .append(text.substr(offset_of(text, characters - tail)));
  }
  return text.empty() || text.front() == ' ' || text.back() == ' ' ? "'" + text + "'" : text;
}

void append_shown_member(std::string& out, std::string_view key, const ShownValue& value) {
  out += '"';
  out += key;
  out += value.cut ? "_start\": " : "\": ";
  append_json(out, value.value);
}

}  // namespace ropewalk
