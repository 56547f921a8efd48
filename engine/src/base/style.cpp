#include "base/style.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <iterator>

namespace ropewalk {
namespace {

struct Sequence {
  std::string_view mark, sequence;
};
constexpr Sequence kSequences[] = {{style::kBold, "\x1b[1m"},          {style::kBoldRed, "\x1b[1;31m"},
                                   {style::kBoldYellow, "\x1b[1;33m"}, {style::kBoldBlue, "\x1b[1;34m"},
                                   {style::kRed, "\x1b[31m"},          {style::kGreen, "\x1b[32m"},
                                   {style::kPlain, "\x1b[0m"}};

bool is_plain(char c) { return (c >= 0x20 && c < 0x7F) || c == '\n' || c == '\t'; }

}  // namespace

std::string for_terminal(std::string_view text, bool color) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto stop = std::find_if_not(text.begin(), text.end(), is_plain);
    const auto plain = static_cast<std::size_t>(stop - text.begin());
    out.append(text.substr(0, plain));
    text.remove_prefix(plain);
    if (text.empty()) break;
    const auto mark = std::find_if(std::begin(kSequences), std::end(kSequences),
                                   [&](const Sequence& each) { return text.starts_with(each.mark); });
    if (mark != std::end(kSequences)) {
      if (color) out += mark->sequence;
      text.remove_prefix(mark->mark.size());
      continue;
    }
    // Up to the next plain character or mark. A mark begins with 0xEF.
    const auto other = std::find_if(text.begin() + 1, text.end(), [](char c) { return is_plain(c) || c == '\xEF'; });
    const auto size = static_cast<std::size_t>(other - text.begin());
    out += escape_for_display(text.substr(0, size));
    text.remove_prefix(size);
  }
  return out;
}

}  // namespace ropewalk
