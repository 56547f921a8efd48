#include "report/xml_text.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

#include <iterator>

namespace ropewalk {
namespace {

constexpr std::string_view kNonCharacters[] = {"\xef\xbf\xbe", "\xef\xbf\xbf"};  // U+FFFE and U+FFFF

void append_xml_escape(std::string& out, char byte) {
  fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<unsigned char>(byte));
}

enum class XmlPlace : bool { content, attribute };

/// `text`: well-formed UTF-8.
void append_xml_characters(std::string& out, std::string_view text, XmlPlace place) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    switch (const char c = text[i]) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\t': out += place == XmlPlace::attribute ? "&#9;" : "\t"; break;
      case '\n': out += place == XmlPlace::attribute ? "&#10;" : "\n"; break;
      case '\r': out += "&#13;"; break;  // a reader would take it for a line end
      default:
        if (static_cast<unsigned char>(c) < ' ') {
          append_xml_escape(out, c);
        } else if (c == '\xef' && (text.substr(i, 3) == kNonCharacters[0] || text.substr(i, 3) == kNonCharacters[1])) {
          out += text[i + 2] == '\xbe' ? "\\ufffe" : "\\uffff";
          i += 2;
        } else {
          out += c;
        }
    }
  }
}

void append_xml(std::string& out, std::string_view text, XmlPlace place) {
  while (!text.empty()) {
    const std::size_t good = utf8_prefix(text);
    append_xml_characters(out, text.substr(0, good), place);
    text.remove_prefix(good);
    if (text.empty()) return;
    append_xml_escape(out, text.front());
    text.remove_prefix(1);
  }
}

}  // namespace

void append_xml_text(std::string& out, std::string_view text) { append_xml(out, text, XmlPlace::content); }

void append_xml_value(std::string& out, std::string_view text) { append_xml(out, text, XmlPlace::attribute); }

void append_xml_attribute(std::string& out, std::string_view name, std::string_view value) {
  out += ' ';
  out += name;
  out += "=\"";
  append_xml_value(out, value);
  out += '"';
}

}  // namespace ropewalk
