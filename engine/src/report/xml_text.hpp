#pragma once
// Text within an XML 1.0 document. Pure.

#include <string>
#include <string_view>

namespace ropewalk {

/// Appends the text as the content of an element. XML 1.0 cannot hold most control characters, not even escaped. They
/// and bytes that are not UTF-8 become visible escapes, such as \x1b and \xff.
void append_xml_text(std::string& out, std::string_view text);

/// The same within the double quotes of an attribute, where a reader would turn a line end into a blank.
void append_xml_value(std::string& out, std::string_view text);

/// Appends ` name="value"`.
void append_xml_attribute(std::string& out, std::string_view name, std::string_view value);

}  // namespace ropewalk
