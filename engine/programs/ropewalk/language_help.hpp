#pragma once
// The language of workflows on one screen, for who has only `--help`, and in pieces for the man page: a small workflow,
// and the keys with what the reader's tables say of them. Pure; any thread.

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
/// A workflow with lines before and behind it; the workflow's own begin with two blanks.
std::string_view language_example();
/// What may stand between ${{ and }}, but for the names of the functions.
std::string_view expression_help();

/// All of it.
std::string language_help();

}  // namespace ropewalk::cli
