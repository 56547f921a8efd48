#include "record/recorded_value.hpp"

#include <ropewalk/json.hpp>

#include <algorithm>
#include <cstdint>
#include <utility>

namespace ropewalk::record {
namespace {

/// None: it is not base64 in whole groups of four.
std::optional<std::string> bytes_of_base64(std::string_view text) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  if (text.size() % 4 != 0) return std::nullopt;
  std::string bytes;
  std::uint32_t bits = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const std::size_t digit = at < text.size() - padding ? kDigits.find(text[at]) : 0;
    if (digit == std::string_view::npos) return std::nullopt;
    bits = bits << 6 | static_cast<std::uint32_t>(digit);
    if (at % 4 != 3) continue;
    for (const int shift : {16, 8, 0}) bytes += static_cast<char>(bits >> shift & 0xFF);
    bits = 0;
  }
  bytes.erase(bytes.size() - std::min(padding, bytes.size()));
  return bytes;
}

void restore_bytes(Value& value) {
  if (List* list = value.as_list())
    for (Value& element : *list) restore_bytes(element);
  Map* const map = value.as_map();
  if (map == nullptr) return;
  const auto only = map->size() == 1 ? map->find("base64") : map->end();
  const std::string* const text = only != map->end() ? only->second.as_text() : nullptr;
  if (auto bytes = text != nullptr ? bytes_of_base64(*text) : std::nullopt)
    value = Value(Bytes{std::move(*bytes)});
  else
    for (auto& [name, member] : *map) restore_bytes(member);
}

}  // namespace

std::optional<Value> recorded_value(std::string_view json, std::string& problem) {
  auto value = value_from_json(json, problem);
  if (value) restore_bytes(*value);
  return value;
}

std::optional<Value> recorded_fields(std::string_view json, std::string& problem) {
  if (json.empty()) return Value(Map());
  auto value = value_from_json(json, problem);
  Map* const fields = value ? value->as_map() : nullptr;
  if (fields == nullptr) {
    if (problem.empty()) problem = "a result is a map of its fields";
    return std::nullopt;
  }
  for (auto& [name, field] : *fields) restore_bytes(field);
  return value;
}

}  // namespace ropewalk::record
