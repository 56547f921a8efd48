#pragma once
// Runs the real program in a process of its own, as a shell would, and keeps what it said.

#include "support/patience.hpp"

#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <utility>
#include <vector>

namespace ropewalk::test {

/// How a program ended and what it wrote.
struct AttemptResult {
  int exit_code = -1;  ///< -1: by a signal
  int signal = 0;      ///< 0: by itself
  std::string out, err;
  double seconds = 0;
  long peak_kib = 0;   ///< of its resident size
};

struct ProgramOptions {
  std::filesystem::path folder = {};                        ///< where it runs; empty: here
  std::vector<std::pair<std::string, std::string>> environment = {};  ///< besides ours
  std::string standard_input = {};
  int input = -1;                                           ///< a descriptor for it instead; -1: none
  int standard_output = -1;                                 ///< a descriptor for it; -1: kept
  int standard_error = -1;
  bool own_group = false;                                   ///< as a shell starts a job
  bool controlling_terminal = false;                        ///< standard_error is it, in a session of its own
  std::vector<int> ignored_signals = {};                    ///< what a careless parent ignores
  std::vector<int> blocked_signals = {};                    ///< and what it has blocked
};

/// A started program. wait() must be called; it kills a program that hangs.
class Program {
 public:
  explicit Program(const std::vector<std::string>& words, const ProgramOptions& options = {});
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  pid_t pid() const { return pid_; }
  void signal(int number) const;
  /// Until it has said this on stderr; false: it has not.
  bool said(std::string_view text) const;
  AttemptResult wait();

 private:
  pid_t pid_ = -1;
  int out_ = -1, err_ = -1;
  std::chrono::steady_clock::time_point start_;
};

/// build/bin/ropewalk with these words.
AttemptResult ropewalk(std::vector<std::string> words, const ProgramOptions& options = {});
std::vector<std::string> ropewalk_words(std::vector<std::string> words);

/// A folder that is gone with its scope.
class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  /// Writes a file into it and gives its path.
  std::string file(const std::string& name, std::string_view text) const;
  std::string path(const std::string& name = "") const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

std::string read_file(const std::string& path);
std::vector<std::string> lines_of(std::string_view text);
/// Replaces every duration by TIME and every other number with a fraction by N, and blanks by one blank.
std::string masked(std::string text);

}  // namespace ropewalk::test
