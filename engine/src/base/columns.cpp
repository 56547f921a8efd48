#include "base/columns.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace ropewalk {
namespace {

constexpr std::string_view kLeftOut = "...";

/// Length in bytes of the first character; a byte that is not UTF-8 counts as one.
std::size_t first_character(std::string_view text) {
  std::size_t length = 1;
  while (length < text.size() && length < 4 && (static_cast<unsigned char>(text[length]) & 0xC0) == 0x80) ++length;
  return length;
}

/// The longest end of whole characters that fits. A mark never loses the character that it combines with.
std::string_view fitting_end(std::string_view text, std::size_t columns) {
  std::size_t too_many = columns_in(text);
  too_many -= std::min(too_many, columns);
  while (!text.empty()) {
    const std::size_t length = first_character(text), wide = columns_of(text.substr(0, length));
    if (too_many == 0 && wide > 0) break;
    too_many -= std::min(too_many, wide);
    text.remove_prefix(length);
  }
  return text;
}

}  // namespace

std::size_t columns_in(std::string_view text) {
  std::size_t columns = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = first_character(text.substr(at));
    columns += columns_of(text.substr(at, length));
    at += length;
  }
  return columns;
}

std::string cut_end(std::string_view text, std::size_t columns) {
  if (columns_in(text) <= columns) return std::string(text);
  const std::size_t dots = std::min(columns, kLeftOut.size());
  return std::string(text.substr(0, fitting_columns(text, columns - dots))).append(kLeftOut.substr(0, dots));
}

std::string cut_middle(std::string_view text, std::size_t columns) {
  if (columns_in(text) <= columns) return std::string(text);
  if (columns < kLeftOut.size() + 2) return cut_end(text, columns);
  const std::size_t kept = columns - kLeftOut.size(), end = kept / 2;
  return std::string(text.substr(0, fitting_columns(text, kept - end))).append(kLeftOut).append(fitting_end(text, end));
}

}  // namespace ropewalk
