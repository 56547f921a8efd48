#pragma once
// The workflow language on one screen for `--help`, and in parts for the man page: a small workflow, and the keys with
// their help from the tables of the reader. Pure; any thread.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ropewalk::cli {

/// The keys of one kind of map, each with a line of help.
struct KeySection {
  std::string title;
  std::vector<std::pair<std::string, std::string>> keys;
};
std::vector<KeySection> key_sections();
/// A workflow with text before and after it. Lines of the workflow begin with two spaces.
std::string_view language_example();
/// The syntax of expressions, without the names of functions.
std::string_view expression_help();

/// The whole help text.
std::string language_help();

}  // namespace ropewalk::cli
