#pragma once
// The program's own log, by spdlog to the screen. Created with the first message, so that a quiet program does not pay
// for it at its start.

#include "screen.hpp"

#include <ropewalk/events.hpp>

#include <memory>
#include <string_view>

namespace ropewalk::cli {

/// Any thread after construction, but only one at a time.
class Logger {
 public:
  /// verbose 0: warnings and errors, 1: what the engine does, 2: in detail.
  Logger(Screen& screen, int verbose);
  ~Logger();
  void log(LogLevel level, std::string_view text);

 private:
  struct Made;
  Screen& screen_;
  const LogLevel least_;
  std::unique_ptr<Made> made_;
};

}  // namespace ropewalk::cli
