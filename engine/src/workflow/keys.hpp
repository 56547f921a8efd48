#pragma once
// The keys of one kind of map: which there are, and what to say of all others.

#include "workflow/diagnostics.hpp"
#include "workflow/node.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace ropewalk {

struct KeyTable {
  std::string_view of;  ///< "a stage", "the workflow"
  std::vector<std::string> keys;
  std::vector<std::string> help = {};  ///< what each key is for, a line each; empty: nobody asks
};

/// Tells every key that the table does not have.
void check_keys(const Source& source, const Node& map, const KeyTable& table, Diagnostics& diagnostics);

/// Whether an unknown key of the map is that key with a typing diagnostic: told already, so it does not count as missing.
bool is_misspelt(const Node& map, const KeyTable& table, std::string_view key);

/// Whether it is [a-z][a-z0-9_-]*.
bool is_name(std::string_view text);

}  // namespace ropewalk
