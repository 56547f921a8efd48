#include "base/shell_word.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <iterator>
#include <string_view>

namespace ropewalk {

std::string shell_word(const std::string& text) {
  const bool plain = !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || std::string_view("-_./:+@%,=").find(static_cast<char>(c)) != std::string_view::npos;
  });
  if (plain) return text;
  const bool displayable = escape_for_display(text) == text;
  std::string quoted = displayable ? "'" : "$'";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (displayable)
      quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
    else if (byte < ' ' || byte >= 0x7f || c == '\'' || c == '\\')
      fmt::format_to(std::back_inserter(quoted), "\\{:03o}", byte);
    else
      quoted += c;
  }
  return quoted + "'";
}

}  // namespace ropewalk
