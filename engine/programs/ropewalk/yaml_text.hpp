#pragma once
// Text as a scalar of YAML that our own reader, and any other, reads back as that text. Pure; any thread.

#include <ropewalk/value.hpp>

#include <string>
#include <string_view>

namespace ropewalk::cli {

/// In double quotes; what must not stand in a workflow as it is becomes an escape. `text` is UTF-8.
void append_quoted(std::string& out, std::string_view text);

/// Without quotes where no reader can take it for anything but what ours does: numbers, true, false, plain words.
/// `type`: by which ours reads it, so that 3.10 is a number where one is declared.
void append_scalar(std::string& out, std::string_view text, Type type = Type::any);

}  // namespace ropewalk::cli
