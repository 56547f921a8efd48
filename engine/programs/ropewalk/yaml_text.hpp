#pragma once
// Writes text as a YAML scalar that every reader, ours included, reads back as the same text. Pure; any thread.

#include <ropewalk/value.hpp>

#include <string>
#include <string_view>

namespace ropewalk::cli {

/// In double quotes. Characters that a workflow must not contain become escapes. `text` is UTF-8.
void append_quoted(std::string& out, std::string_view text);

/// Without quotes if all readers agree on its meaning: numbers, true, false, plain words. `type`: the declared type, so
/// that 3.10 is a number if one is declared.
void append_scalar(std::string& out, std::string_view text, Type type = Type::any);

}  // namespace ropewalk::cli
