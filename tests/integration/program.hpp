#pragma once
// Runs the real program in a separate process, like a shell, and captures its output.

#include "support/patience.hpp"

#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <utility>
#include <vector>

namespace ropewalk::test {

/// How a program ended, and its output.
struct ProgramEnd {
  int exit_code = -1;  ///< -1: ended by a signal
  int signal = 0;      ///< 0: ended by itself
  std::string out, err;
  double seconds = 0;
  long peak_kib = 0;  ///< of its resident size
};

struct ProgramOptions {
  std::filesystem::path folder = {};                                  ///< working folder; empty: the current one
  std::vector<std::pair<std::string, std::string>> environment = {};  ///< in addition to the test's own
  std::string standard_input = {};
  int input = -1;            ///< a descriptor to use instead; -1: none
  int standard_output = -1;  ///< a descriptor to use; -1: captured
  int standard_error = -1;
  bool own_group = false;  ///< as a shell starts a job
  /// standard_error is its controlling terminal, in a new session
  bool controlling_terminal = false;
  std::vector<int> ignored_signals = {};  ///< signals that a careless parent ignores
  std::vector<int> blocked_signals = {};  ///< signals that a careless parent blocks
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
  /// Waits for this text on stderr; returns false if it does not appear.
  bool said(std::string_view text) const;
  ProgramEnd wait();

 private:
  pid_t pid_ = -1;
  int out_ = -1, err_ = -1;
  std::chrono::steady_clock::time_point start_;
};

/// Runs build/bin/ropewalk with these words.
ProgramEnd ropewalk(std::vector<std::string> words, const ProgramOptions& options = {});
std::vector<std::string> ropewalk_words(std::vector<std::string> words);

/// A folder that is removed at the end of the scope.
class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  /// Writes a file into the folder and returns its path.
  std::string file(const std::string& name, std::string_view text) const;
  std::string path(const std::string& name = "") const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

/// Of a program whose runs are recorded in `folder`, where its user's configuration is too. `more`: of its environment.
ProgramOptions recording_in(const Folder& folder, std::vector<std::pair<std::string, std::string>> more = {});

std::string read_file(const std::string& path);
std::vector<std::string> lines_of(std::string_view text);
/// Replaces every duration by TIME, every other number with a fraction by N, and runs of blanks by one blank.
std::string masked(std::string text);

}  // namespace ropewalk::test
