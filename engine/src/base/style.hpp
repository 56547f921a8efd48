#pragma once
// Colour in text for people. A style is a mark within the text, a code point that Unicode reserves for such use. Only
// for_terminal() makes escape sequences, and only of these marks, so no text of a plugin, a workflow or a file name can.

#include <string>
#include <string_view>

namespace ropewalk {

namespace style {
inline constexpr std::string_view kBold = "\uFDD0", kBoldRed = "\uFDD1", kBoldYellow = "\uFDD2", kBoldBlue = "\uFDD3", kRed = "\uFDD4",
                                  kGreen = "\uFDD5", kPlain = "\uFDD6";
}

/// What a terminal may be given: lines and tabs as they are, the marks as colours (nothing without `color`), and everything
/// else as escape_for_display() shows it. Every text for people passes here last.
std::string for_terminal(std::string_view text, bool color);

}  // namespace ropewalk
