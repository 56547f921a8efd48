#pragma once
// The valid keys of one kind of map, and the diagnostics for all others.

#include "workflow/diagnostics.hpp"
#include "workflow/node.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace ropewalk {

struct KeyTable {
  std::string_view of;  ///< "a stage", "the workflow"
  std::vector<std::string> keys;
  std::vector<std::string> help = {};  ///< help for each key, one line each; empty if not needed
};

/// Reports every key that is not in the table.
void check_keys(const Source& source, const Node& map, const KeyTable& table, Diagnostics& diagnostics);

/// Whether an unknown key of the map is a misspelling of `key`. It was reported already, so the key does not count as
/// missing.
bool is_misspelt(const Node& map, const KeyTable& table, std::string_view key);

/// Whether the text matches [a-z][a-z0-9_-]*.
bool is_name(std::string_view text);

}  // namespace ropewalk
