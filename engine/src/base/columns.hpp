#pragma once
// Text measured and cut in columns of a terminal. The text is displayable: escape_for_display() has been applied. The
// width of one character is columns_of() in base/text.hpp. Pure; any thread.

#include <cstddef>
#include <string>
#include <string_view>

namespace ropewalk {

std::size_t columns_in(std::string_view text);

/// The text itself if it fits, otherwise its beginning and "...". Cuts between characters, so the result may be one
/// column narrower than allowed.
std::string cut_end(std::string_view text, std::size_t columns);
/// The same with "..." in place of the middle.
std::string cut_middle(std::string_view text, std::size_t columns);

}  // namespace ropewalk
