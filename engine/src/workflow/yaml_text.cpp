#include "workflow/yaml_text.hpp"

#include "base/text.hpp"
#include "workflow/scalar.hpp"

#include <ropewalk/value.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

namespace ropewalk {
namespace {

bool is_word_character(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '.' || c == '/';
}

/// Letters, digits, and characters without a meaning in YAML at any position.
bool is_plain_word(std::string_view text) {
  const std::size_t start = std::min(text.find_first_not_of('-'), text.size());
  return start <= 2 && start < text.size() && is_word_character(text[start]) && text != "null" && text != "Null" &&
         text != "NULL" && std::all_of(text.begin(), text.end(), [](char c) {
           return is_word_character(c) || c == '-' || c == '+' || c == '=';
         });
}

/// The first character of `text`, which is UTF-8, and its size in bytes.
std::pair<std::uint32_t, std::size_t> first_character(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint32_t>(static_cast<unsigned char>(text[i])); };
  if (byte(0) < 0x80 || text.size() < 2) return {byte(0), 1};
  if (byte(0) < 0xE0 || text.size() < 3) return {(byte(0) & 0x1F) << 6 | (byte(1) & 0x3F), 2};
  if (byte(0) < 0xF0 || text.size() < 4) return {(byte(0) & 0x0F) << 12 | (byte(1) & 0x3F) << 6 | (byte(2) & 0x3F), 3};
  return {0x10000, 4};  // none of these is escaped
}

/// Controls, other line ends, bidirectional marks, byte order marks.
bool is_escaped(std::uint32_t c) {
  return c < 0x20 || (c >= 0x7F && c < 0xA0) || (c >= 0x2028 && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) ||
         c == 0xFEFF;
}

}  // namespace

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    const auto [character, bytes] = first_character(text);
    if (character == '"' || character == '\\')
      (out += '\\') += static_cast<char>(character);
    else if (character == '\0')
      out += "\\0";
    else if (character == '\n')
      out += "\\n";
    else if (character == '\t')
      out += "\\t";
    else if (is_escaped(character))
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", character);
    else
      out += text.substr(0, bytes);
    text.remove_prefix(bytes);
  }
  out += '"';
}

void append_text(std::string& out, std::string_view text) {
  const auto read = is_plain_word(text) ? read_scalar(text, Type::any, false).value : std::nullopt;
  if (read && read->as_text())
    out += text;
  else
    append_quoted(out, text);
}

void append_plain(std::string& out, std::string_view text) {
  if (is_plain_word(text))
    out += text;
  else
    append_quoted(out, text);
}

std::size_t character_size(std::string_view text) {
  for (std::size_t size = 1; size <= std::min<std::size_t>(4, text.size()); ++size)
    if (utf8_prefix(text.substr(0, size)) == size) return size;
  return 0;
}

void append_bytes_expression(std::string& out, std::string_view bytes) {
  out += "${{ from_base64('";
  append_base64(out, bytes);
  out += "') }}";
}

void append_expression_text(std::string& out, std::string_view text) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\'' || c == '\\')
      out.append(1, '\\').append(1, c);
    else if (byte < ' ' || byte == 0x7f || c == '}' || c == '$')  // the last two could end or begin an expression
      fmt::format_to(std::back_inserter(out), "\\x{:02x}", byte);
    else
      out += c;
  }
}

void keep_dollars(std::string& out) {
  const std::size_t first = out.find_last_not_of('$') + 1;
  if (first < out.size()) out.replace(first, std::string::npos, fmt::format("${{{{ '{}' }}}}", out.substr(first)));
}

std::string literal_text(std::string_view text) {
  std::string out;
  for (std::size_t at = text.find("${{"); at != text.npos; at = text.find("${{")) {
    out.append(text, 0, at).append("$${{");
    text.remove_prefix(at + 3);
  }
  return out.append(text);
}

std::string with_byte_expressions(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t good = utf8_prefix(text);
    out += text.substr(0, good);
    text.remove_prefix(good);
    std::size_t stray = 0;
    while (stray < text.size() && character_size(text.substr(stray)) == 0) ++stray;
    if (stray == 0) continue;
    keep_dollars(out);
    append_bytes_expression(out, text.substr(0, stray));
    text.remove_prefix(stray);
  }
  return out;
}

}  // namespace ropewalk
