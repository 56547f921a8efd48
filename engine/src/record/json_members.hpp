#pragma once
// Members of JSON objects that a record holds. What is missing or of another type is nothing, or 0. Pure; any thread.

#include <ropewalk/value.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ropewalk::record {

/// Null: there is none.
inline const Value* member_of(const Map& map, std::string_view key) {
  const auto found = map.find(key);
  return found == map.end() ? nullptr : &found->second;
}

inline std::optional<double> number_in(const Map& map, std::string_view key) {
  const Value* value = member_of(map, key);
  if (value == nullptr) return std::nullopt;
  if (const double* real = value->as_float()) return *real;
  if (const std::int64_t* whole = value->as_int()) return static_cast<double>(*whole);
  return std::nullopt;
}

inline std::uint64_t count_in(const Map& map, std::string_view key) {
  const Value* value = member_of(map, key);
  const std::int64_t* count = value != nullptr ? value->as_int() : nullptr;
  return count != nullptr && *count > 0 ? static_cast<std::uint64_t>(*count) : 0;
}

inline std::string text_in(const Map& map, std::string_view key) {
  const Value* value = member_of(map, key);
  return value != nullptr && value->as_text() != nullptr ? *value->as_text() : std::string();
}

}  // namespace ropewalk::record
