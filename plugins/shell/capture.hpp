#pragma once
// Capture: what a command writes to one pipe. Everything is read, so that the command never waits for a reader;
// the first MiB and the last 4 KiB are kept. One owner, one thread.

#include "descriptor.hpp"

#include <cstdint>
#include <string>

namespace shell {

class Capture {
 public:
  static constexpr std::size_t kHead = 1 << 20, kTail = 4 << 10;

  /// Reads what poll() says of the pipe, and closes it at its end. At most 16 MiB at once, so that a command that
  /// never stops writing does not keep the task from looking at anything else.
  void read(Descriptor& pipe, short events);
  /// What was kept, with a mark where something is missing.
  std::string text() const;
  /// The last line that is not blank, at most 1 KiB of it.
  std::string last_line() const;

 private:
  void take(const char* data, std::size_t size);

  std::string head_, tail_;
  std::uint64_t cut_ = 0;  ///< bytes between head and tail that are gone
};

}  // namespace shell
