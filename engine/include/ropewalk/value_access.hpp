#pragma once
// Typed access to values: value.get<T>("field"). Included by value.hpp. Pure; any thread.
//
//   const Result<std::int64_t> width = result.get<std::int64_t>("width");
//   const auto sizes = result.get<std::vector<double>>("sizes").value();   // throws BadResult
//
// | T                                     | takes                                                                    |
// |---------------------------------------|--------------------------------------------------------------------------|
// | bool, std::string, Bytes, Map, List   | a value of that kind                                                     |
// | an integer type                       | an int that fits into it                                                 |
// | a floating-point type                 | a float or an int                                                        |
// | std::filesystem::path                 | a path or a text                                                         |
// | a std::chrono duration                | seconds, as durations are after parsing: a float or an int               |
// | std::vector<T>, std::map<string, T>   | a list, a map, of elements that are T                                    |
// | std::optional<T>                      | a T; null, and a field that is missing, are std::nullopt                 |
// | Value                                 | anything                                                                 |

#include <ropewalk/error.hpp>
#include <ropewalk/value.hpp>

#include <chrono>
#include <concepts>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace ropewalk {
namespace value_detail {

// Where a value lies, for messages. On the stack; linked outwards.
struct ValuePlace {
  const ValuePlace* outer = nullptr;
  std::string_view field = {};                // of a map
  std::optional<std::uint64_t> element = {};  // of a list
};

Errors unlike(const Value& found, std::string_view wanted, const ValuePlace& place);
Errors missing(const Map& map, std::string_view field, const ValuePlace& place);
Errors not_within(const Value& found, std::string_view range, const ValuePlace& place);
Result<std::int64_t> whole(const Value& value, std::int64_t least, std::int64_t most, const ValuePlace& place);
Result<double> real(const Value& value, std::string_view wanted, const ValuePlace& place);

template <class T>
struct ReadValue;  // not defined: no value is read as a T

template <class T>
concept Readable = requires(const Value& value, const ValuePlace& place) {
  ReadValue<T>::read(value, place);
};

template <>
struct ReadValue<Value> {
  static Result<Value> read(const Value& value, const ValuePlace&) { return value; }
};
template <>
struct ReadValue<bool> {
  static Result<bool> read(const Value& value, const ValuePlace& place) {
    if (const bool* it = value.as_bool()) return *it;
    return unlike(value, "bool", place);
  }
};
template <std::integral T>
struct ReadValue<T> {
  static Result<T> read(const Value& value, const ValuePlace& place) {
    using Limits = std::numeric_limits<T>;
    const std::int64_t least = std::in_range<std::int64_t>(Limits::min()) ? std::int64_t(Limits::min()) : INT64_MIN;
    const std::int64_t most = std::in_range<std::int64_t>(Limits::max()) ? std::int64_t(Limits::max()) : INT64_MAX;
    const Result<std::int64_t> number = whole(value, least, most, place);
    if (!number) return number.error();
    return static_cast<T>(*number);
  }
};
template <std::floating_point T>
struct ReadValue<T> {
  static Result<T> read(const Value& value, const ValuePlace& place) {
    const Result<double> number = real(value, "float", place);
    if (!number) return number.error();
    return static_cast<T>(*number);
  }
};
template <>
struct ReadValue<std::string> {
  static Result<std::string> read(const Value& value, const ValuePlace& place) {
    if (const std::string* text = value.as_text()) return *text;
    return unlike(value, "text", place);
  }
};
template <>
struct ReadValue<std::filesystem::path> {
  static Result<std::filesystem::path> read(const Value& value, const ValuePlace& place) {
    if (value.kind() == Value::Kind::path || value.kind() == Value::Kind::text)
      return std::filesystem::path(*value.as_string());
    return unlike(value, "path", place);
  }
};
template <>
struct ReadValue<Bytes> {
  static Result<Bytes> read(const Value& value, const ValuePlace& place) {
    if (value.kind() == Value::Kind::bytes) return Bytes{*value.as_string()};
    return unlike(value, "bytes", place);
  }
};
template <class Rep, class Period>
struct ReadValue<std::chrono::duration<Rep, Period>> {
  using Duration = std::chrono::duration<Rep, Period>;
  static Result<Duration> read(const Value& value, const ValuePlace& place) {
    const Result<double> seconds = real(value, "duration", place);
    if (!seconds) return seconds.error();
    const std::chrono::duration<double, Period> exact(std::chrono::duration<double>{*seconds});
    if constexpr (std::integral<Rep>) {
      // As doubles, the limits of a 64-bit type are one beyond it.
      constexpr double kLeast = static_cast<double>(std::numeric_limits<Rep>::min());
      constexpr double kMost = static_cast<double>(std::numeric_limits<Rep>::max());
      if (!(exact.count() > kLeast && exact.count() < kMost)) return not_within(value, "the duration type", place);
      return std::chrono::round<Duration>(exact);
    } else {
      return Duration(exact);
    }
  }
};
template <>
struct ReadValue<Map> {
  static Result<Map> read(const Value& value, const ValuePlace& place) {
    if (const Map* map = value.as_map()) return *map;
    return unlike(value, "map", place);
  }
};
template <Readable T>
struct ReadValue<std::vector<T>> {
  static Result<std::vector<T>> read(const Value& value, const ValuePlace& place) {
    const std::optional<std::uint64_t> size = value.list_size();
    if (!size) return unlike(value, "list", place);
    std::vector<T> elements;
    elements.reserve(*size);
    for (std::uint64_t i = 0; i < *size; ++i) {
      Result<T> element = ReadValue<T>::read(value.element(i), {.outer = &place, .element = i});
      if (!element) return element.error();
      elements.push_back(std::move(*element));
    }
    return elements;
  }
};
template <Readable T, class Compare>
requires(!std::same_as<std::map<std::string, T, Compare>, Map>) struct ReadValue<std::map<std::string, T, Compare>> {
  static Result<std::map<std::string, T, Compare>> read(const Value& value, const ValuePlace& place) {
    const Map* map = value.as_map();
    if (map == nullptr) return unlike(value, "map", place);
    std::map<std::string, T, Compare> elements;
    for (const auto& [key, each] : *map) {
      Result<T> element = ReadValue<T>::read(each, {.outer = &place, .field = key});
      if (!element) return element.error();
      elements.emplace(key, std::move(*element));
    }
    return elements;
  }
};
template <Readable T>
struct ReadValue<std::optional<T>> {
  static Result<std::optional<T>> read(const Value& value, const ValuePlace& place) {
    if (value.is_null()) return std::optional<T>();
    Result<T> there = ReadValue<T>::read(value, place);
    if (!there) return there.error();
    return std::optional<T>(std::move(*there));
  }
};

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

template <Readable T>
Result<T> field_of(const Map& map, std::string_view field, const ValuePlace& outer) {
  const auto found = map.find(field);
  if (found != map.end()) return ReadValue<T>::read(found->second, {.outer = &outer, .field = field});
  if constexpr (is_optional<T>)
    return T();
  else
    return missing(map, field, outer);
}

}  // namespace value_detail

/// Returns the field of the map as a T. Errors R410: the map has no such field, with the nearest one; the field is not
/// a T, with what it is; a number does not fit.
template <class T>
Result<T> get(const Map& map, std::string_view field) {
  static_assert(value_detail::Readable<T>,
                "ropewalk::get: no value is read as this type; value_access.hpp lists those that are");
  return value_detail::field_of<T>(map, field, {});
}

template <class T>
Result<T> Value::get() const {
  static_assert(value_detail::Readable<T>,
                "Value::get: no value is read as this type; value_access.hpp lists those that are");
  return value_detail::ReadValue<T>::read(*this, {});
}

template <class T>
Result<T> Value::get(std::string_view field) const {
  if (const Map* map = as_map()) return ropewalk::get<T>(*map, field);
  return value_detail::unlike(*this, "map", {});
}

}  // namespace ropewalk
