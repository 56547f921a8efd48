#include "commands.hpp"

#include "flag_names.hpp"
#include "base/style.hpp"
#include "base/user_files.hpp"
#include "logger.hpp"
#include "standard_output.hpp"
#include "trust_book.hpp"

#include <ropewalk/codes.hpp>
#include <ropewalk/engine.hpp>
#include <ropewalk/report.hpp>
#include <ropewalk/sink.hpp>

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <unistd.h>

namespace ropewalk::cli {
namespace {

bool runs_tasks(const Options& options) {
  const bool may = options.command == Command::run || options.command == Command::resume ||
                   options.command == Command::map || options.command == Command::compare ||
                   options.command == Command::plugins_check || options.command == Command::repro;
  return may && !options.dry_run && !options.map.print_yaml;
}

}  // namespace

int code_of(const Errors& errors) {
  bool workflow = false, command_line = false, plugins = !errors.list.empty(), record = false;
  for (const Error& error : errors.list) {
    const char kind = error.code.empty() ? '?' : error.code[0];
    workflow = workflow || kind == 'W';
    command_line = command_line || kind == 'C' || error.code == codes::kNoRecord;
    record = record || error.code.starts_with("R3");
    plugins = plugins && kind == 'P';
  }
  return workflow       ? kInvalid
         : command_line ? kCommandLine
         : plugins      ? kPluginsMissing
         : record       ? kOutputFailed
                        : kInternal;
}

int refuse(const Errors& errors, Screen& screen) {
  std::string text;
  append_diagnostics(text, errors, screen.color());
  screen.say(text);
  return code_of(errors);
}

bool print(std::string_view text, Screen& screen) {
  StandardOutput out;
  if (out.write(for_terminal(text, false)) || out.error() == 0) return true;
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
          .fail_fast = options.fail_fast,
          .halt = options.halt,
          .deadline_ns = options.deadline_ns,
          .inputs = flag_names()};
}

EngineOptions engine_options(const Options& options) {
  EngineOptions engine;
  engine.plugin_folders = options.plugin_folders;
  engine.trusts = folder_trust(options);
  engine.runs_nothing = !runs_tasks(options);
  engine.inputs = flag_names();
  if (const std::filesystem::path cache = user_folder("XDG_CACHE_HOME", ".cache"); !cache.empty())
    engine.description_cache = cache / "descriptions";
  return engine;
}

EngineOptions engine_options(const Options& options, Logger& logger) {
  EngineOptions engine = engine_options(options);
  engine.log = [&logger](LogLevel level, std::string_view text) { logger.log(level, text); };
  return engine;
}

}  // namespace ropewalk::cli
