#pragma once
// The program's standard output, and the rule that all commands share: once its reader has closed the pipe, nothing
// more is written to it, the command finishes what other files need, and main() ends the program by SIGPIPE without a
// message, as other programs end. Any other failure to write is reported by the command, and the exit code is 74.

#include <ropewalk/sink.hpp>

#include <string_view>

namespace ropewalk::cli {

/// Writes unbuffered. One thread at a time.
class StandardOutput final : public Sink {
 public:
  StandardOutput();
  bool write(std::string_view bytes) override;
  /// errno of the first failure, but for a reader that has gone; 0: none.
  int error() const;

  /// Whether the reader has gone, as a write through any of these objects, or a poll, has found. Any thread.
  static bool has_lost_reader();
  /// Call it where that was found otherwise.
  static void note_lost_reader();

 private:
  FdSink sink_;
};

}  // namespace ropewalk::cli
