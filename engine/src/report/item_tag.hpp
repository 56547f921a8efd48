#pragma once
// What `map --tag` writes before each line of a task's output: its item as one line of text. Pure; any thread.

#include <ropewalk/value.hpp>

#include <string>
#include <string_view>

namespace ropewalk {

/// Text, paths and bytes as they are, with a blank in place of a line end; members of a list or map with a blank
/// between them; everything else as JSON.
std::string item_tag(const Value& item);

/// Appends the lines, each after the tag and a tab. The last one may have no end.
void append_tagged(std::string& out, std::string_view tag, std::string_view lines);

}  // namespace ropewalk
