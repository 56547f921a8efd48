#pragma once
// The man pages in scdoc(5) format, generated from the same tables as the help: the grammar of the command line, and
// the keys, functions, executors and types of the language. Pure.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ropewalk::cli {

/// "ropewalk.1", "ropewalk-run.1", ..., "ropewalk-workflow.5", "ropewalk-plugin.7".
std::vector<std::string> man_page_names();

/// Returns nothing if there is no such page.
std::optional<std::string> man_page(std::string_view name);

}  // namespace ropewalk::cli
