#pragma once
// Captures the output of a short program. One thread.

#include <filesystem>
#include <string>
#include <vector>

namespace ropewalk::cli {

struct ProgramOutput {
  int code = -1;        ///< exit code; -1: it was killed by a signal or could not be started
  std::string text;     ///< its standard output, 4 KiB at most
  std::string problem;  ///< why it could not be started, or that it did not end within five seconds; empty: it ended
};

/// Runs the program without input and drops its standard error. Kills it after five seconds.
ProgramOutput output_of(const std::filesystem::path& program, const std::vector<std::string>& arguments);

}  // namespace ropewalk::cli
