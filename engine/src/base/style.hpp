#pragma once
// Colour in text for people. A style is a mark within the text: a noncharacter, which Unicode reserves for internal
// use. Only for_terminal() writes escape sequences, and only for these marks. Text of a plugin, a workflow or a file
// name can therefore never write one.

#include <string>
#include <string_view>

namespace ropewalk {

namespace style {
inline constexpr std::string_view kBold = "\uFDD0", kBoldRed = "\uFDD1", kBoldYellow = "\uFDD2", kBoldBlue = "\uFDD3",
                                  kRed = "\uFDD4", kGreen = "\uFDD5", kPlain = "\uFDD6";
}

/// Converts text for a terminal. Line ends and tabs stay, marks become colours (nothing without `color`), and
/// everything else is escaped by escape_for_display(). All text for people passes through this function last.
std::string for_terminal(std::string_view text, bool color);

}  // namespace ropewalk
