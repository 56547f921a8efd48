#pragma once
// The outputs of a run that have a place of their own: which of them the user has asked for. Pure.

#include "options.hpp"

#include <string>
#include <vector>

namespace ropewalk::cli {

struct NamedOutput {
  const char* option;       ///< "--results"
  const std::string* path;  ///< not empty; "-": stdout. Borrowed from the options
};
/// Those that are asked for, in the order of the help.
std::vector<NamedOutput> named_outputs(const Options& options);

/// Whether one of them, or --json, takes standard output.
bool uses_stdout(const Options& options);

}  // namespace ropewalk::cli
