#pragma once
// Words of other tools (GitHub Actions, go-task, Snakemake, Argo Workflows) that people type from memory, and what
// Ropewalk has in their place. Pure; any thread.

#include <span>
#include <string_view>

namespace ropewalk {

struct ForeignWord {
  std::string_view word;
  std::string_view hint;  ///< names the word of Ropewalk
};

/// Keys of a workflow or a stage, and names and functions in expressions. In the order of their bytes.
std::span<const ForeignWord> foreign_keys();
std::span<const ForeignWord> foreign_names();

/// What Ropewalk has for the key of a workflow or a stage; empty: the word is not known.
std::string_view hint_for_key(std::string_view word);
/// The same of a name or a function in an expression.
std::string_view hint_for_name(std::string_view word);

}  // namespace ropewalk
