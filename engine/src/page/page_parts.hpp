#pragma once
// The parts of the page that are the same for every run. embed.cmake makes their source from assets/ when the program
// is built. Constants; any thread.

#include <string_view>

namespace ropewalk::page {

/// HTML with the places @policy@, @title@, @style@, @as_text@, @data@ and @script@.
std::string_view page_template();
std::string_view page_style();
std::string_view page_script();
/// SHA-256 of the style and of the script, in hexadecimal digits.
std::string_view style_hash();
std::string_view script_hash();

}  // namespace ropewalk::page
