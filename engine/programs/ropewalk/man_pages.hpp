#pragma once
// The man pages, in the language of scdoc(5), made of the tables that the help is made of: the grammar of the command
// line, the keys of the language, its functions, executors and types. Pure.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ropewalk::cli {

/// "ropewalk.1", "ropewalk-run.1", ..., "ropewalk-workflow.5", "ropewalk-plugin.7".
std::vector<std::string> man_page_names();

/// Nothing: there is no such page.
std::optional<std::string> man_page(std::string_view name);

}  // namespace ropewalk::cli
