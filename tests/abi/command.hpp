#pragma once
// Runs a shell command of a test and captures its output.

#include <sys/wait.h>

#include <cstdio>
#include <string>

/// Quotes any text as one word of a shell command.
inline std::string quoted(const std::string& word) {
  std::string text = "'";
  for (const char c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + "'";
}

struct Ran {
  int code = -1;       ///< -1: it could not be run, or a signal ended it
  std::string output;  ///< standard output and error
};

inline Ran run_command(const std::string& command) {
  Ran ran;
  FILE* pipe = popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) return ran;
  char block[4096];
  while (const std::size_t got = fread(block, 1, sizeof block, pipe)) ran.output.append(block, got);
  const int status = pclose(pipe);
  if (WIFEXITED(status)) ran.code = WEXITSTATUS(status);
  return ran;
}
