#pragma once
// Writes the JSON constants of a declaration: defaults, limits, choices. Runs once per task type. Part of task.hpp,
// which is what a plugin includes.

#include <charconv>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

namespace ropewalk {
inline namespace [[gnu::visibility("hidden")]] sdk_v1 {
namespace detail {

template <std::integral N>
std::string json_number(N value) {
  return std::to_string(value);
}

/// The shortest form that reads back as the same float. JSON has no infinity.
inline std::string json_number(double value) {
  if (!std::isfinite(value)) return "null";
  char digits[32];
  const std::to_chars_result end = std::to_chars(digits, digits + sizeof digits, value);
  std::string text(digits, end.ptr);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

inline std::string json_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      static constexpr char kHex[] = "0123456789abcdef";
      out += "\\u00";
      out += kHex[(c >> 4) & 15];
      out += kHex[c & 15];
    } else {
      out += c;
    }
  }
  return out += '"';
}

}  // namespace detail
}  // namespace sdk_v1
}  // namespace ropewalk
