#include "commands.hpp"

#include "logger.hpp"
#include "report/mistakes.hpp"
#include "report/sink.hpp"

#include <ropewalk/engine.hpp>

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <unistd.h>

namespace ropewalk::cli {

int code_of(const Errors& errors) {
  bool workflow = false, command_line = false, plugins = !errors.list.empty();
  for (const Error& error : errors.list) {
    const char kind = error.code.empty() ? '?' : error.code[0];
    workflow = workflow || kind == 'W';
    command_line = command_line || kind == 'C';
    plugins = plugins && kind == 'P';
  }
  return workflow ? kInvalid : command_line ? kCommandLine : plugins ? kPluginsMissing : kInternal;
}

int refuse(const Errors& errors, Screen& screen) {
  std::string text;
  append_mistakes(text, errors, screen.color());
  screen.say(text);
  return code_of(errors);
}

bool print(std::string_view text, Screen& screen) {
  FdSink out(STDOUT_FILENO);
  if (out.write(text) || out.error() == EPIPE) return true;
  screen.say(fmt::format("ropewalk: cannot write to stdout: {}\n", std::strerror(out.error())));
  return false;
}

PlanOptions plan_options(const Options& options) {
  return {.set = options.set,
          .set_files = options.file_settings,
          .environment = options.variable_settings,
          .executors = options.executors,
          .stages = options.stages,
          .fallback_executor = options.fallback_executor,
          .jobs = options.jobs,
          .fail_fast = options.fail_fast};
}

EngineOptions engine_options(const Options& options, Logger& logger) {
  EngineOptions engine;
  engine.plugin_folders = options.plugin_folders;
  engine.log = [&logger](int level, std::string_view text) { logger.log(level, text); };
  return engine;
}

}  // namespace ropewalk::cli
