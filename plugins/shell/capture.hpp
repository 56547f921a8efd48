#pragma once
// Capture: reads one pipe of a command and hands all of it to the host. Everything is read, so that the command never
// waits for a reader. Remembers the last line, for messages. One owner, one thread.

#include "descriptor.hpp"

#include <ropewalk/sdk/output.hpp>

#include <string>
#include <string_view>

namespace shell {

class Capture {
 public:
  Capture(ropewalk::Output& output, ropewalk::Stream stream) : output_(output), stream_(stream) {}

  /// Reads what poll() reported of the pipe, and closes it at its end. At most 16 MiB at once, so that a command that
  /// never stops writing does not keep the task from looking at anything else. False: the host takes no more.
  bool read(Descriptor& pipe, short events);
  /// The last line that is not blank, at most 1 KiB of it.
  std::string last_line() const;

 private:
  void remember(std::string_view piece);
  void append(std::string_view text);

  ropewalk::Output& output_;
  const ropewalk::Stream stream_;
  std::string line_;    // the newest that is not blank
  bool ended_ = false;  // by a line end
};

}  // namespace shell
