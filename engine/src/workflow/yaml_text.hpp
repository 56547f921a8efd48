#pragma once
// Writes text as a YAML scalar that every reader, ours included, reads back as the same text. Pure; any thread.

#include <cstddef>
#include <string>
#include <string_view>

namespace ropewalk {

/// In double quotes. Characters that a workflow must not contain become escapes. `text` is UTF-8.
void append_quoted(std::string& out, std::string_view text);

/// Text: without quotes if all readers agree that it is text.
void append_text(std::string& out, std::string_view text);

/// What a file has without quotes, such as 3.10: in quotes only if YAML would read something else without them.
void append_plain(std::string& out, std::string_view text);

/// Size in bytes of the UTF-8 character that `text` begins with; 0: it begins with none.
std::size_t character_size(std::string_view text);

/// ${{ from_base64('...') }}
void append_bytes_expression(std::string& out, std::string_view bytes);

/// Appends text as it stands between the single quotes of a literal in an expression. `text` is UTF-8.
void append_expression_text(std::string& out, std::string_view text);

/// Makes an expression of the dollar signs at the end, because "$" before "${{" would make that literal.
void keep_dollars(std::string& out);

/// Text in which nothing is an expression: ${{ becomes $${{.
std::string literal_text(std::string_view text);

/// Text with each byte that is not UTF-8 as an expression.
std::string with_byte_expressions(std::string_view text);

}  // namespace ropewalk
