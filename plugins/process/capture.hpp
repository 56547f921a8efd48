#pragma once
// Capture: reads one pipe of a command and passes everything to the host, so the command never blocks on a full pipe.
// Remembers the last line for messages. One owner, single-threaded.

#include "process/descriptor.hpp"

#include <ropewalk/sdk/output.hpp>

#include <string>
#include <string_view>

namespace process {

class Capture {
 public:
  Capture(ropewalk::Output& output, ropewalk::Stream stream) : output_(output), stream_(stream) {}

  /// Reads the pipe after poll() and closes it at its end. Reads at most 16 MiB at once, so that a command that never
  /// stops writing cannot block the task. Returns false if the host rejects further output.
  bool read(Descriptor& pipe, short events);
  /// The last line that is not blank, at most 1 KiB of it.
  std::string last_line() const;

 private:
  void remember(std::string_view piece);
  void append(std::string_view text);

  ropewalk::Output& output_;
  const ropewalk::Stream stream_;
  std::string line_;    // the newest line that is not blank
  bool ended_ = false;  // by a line end
};

}  // namespace process
