// The program `ropewalk`: reads the command line, runs one command, and ends with its exit code or by the signal
// that cancelled it.

#include "commands.hpp"
#include "crash_report.hpp"

#include "report/sink.hpp"

#include <exception>
#include <fmt/format.h>
#include <new>
#include <unistd.h>

namespace ropewalk::cli {
namespace {

int dispatch(const Options& options, Screen& screen, Signals& signals) {
  switch (options.command) {
    case Command::help: return help(options, screen);
    case Command::run: return run(options, screen, signals);
    case Command::validate: return validate(options, screen);
    case Command::plugins_list: return plugins_list(options, screen);
    case Command::plugins_show: return plugins_show(options, screen);
    case Command::plugins_check: return plugins_check(options, screen);
  }
  return kInternal;
}

int program(int argc, char** argv) {
  report_crashes();
  Signals::prepare();
  Screen screen(ColorWish::automatic);
  const auto options = parse_options(argc, argv);
  if (!options) return refuse(options.error(), screen);
  screen.set_color(options->color);
  int code = kInternal, signal = 0;
  {
    Signals signals(screen);
    code = dispatch(*options, screen, signals);
    signal = signals.received();
  }
  if (signal != 0) Signals::end_by(signal);
  return code;
}

}  // namespace
}  // namespace ropewalk::cli

int main(int argc, char** argv) {
  try {
    return ropewalk::cli::program(argc, argv);
  } catch (const std::bad_alloc&) {
    ropewalk::FdSink(STDERR_FILENO).write("ropewalk: out of memory\n");
  } catch (const std::exception& error) {
    ropewalk::FdSink(STDERR_FILENO).write(fmt::format("ropewalk: internal error: {}\n", error.what()));
  }
  return ropewalk::cli::kInternal;
}
