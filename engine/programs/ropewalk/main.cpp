// The program `ropewalk`: reads the command line, runs one command, and ends with its exit code or by the signal
// that cancelled it.

#include "commands.hpp"
#include "crash_report.hpp"
#include "param_sources.hpp"
#include "standard_output.hpp"

#include "base/descriptor_limit.hpp"
#include "base/file_limit.hpp"
#include "base/stack_limit.hpp"
#include "base/style.hpp"
#include "base/text.hpp"

#include <ropewalk/codes.hpp>
#include <ropewalk/sink.hpp>

#include <csignal>
#include <exception>
#include <fcntl.h>
#include <fmt/format.h>
#include <cerrno>
#include <new>
#include <system_error>
#include <unistd.h>

namespace ropewalk::cli {
namespace {

int dispatch(const Options& options, const std::vector<Setting>& settings, Screen& screen, Signals& signals) {
  switch (options.command) {
    case Command::help: return help(options, screen);
    case Command::run: return run(options, screen, signals);
    case Command::resume: return resume(options, screen, signals);
    case Command::map: return map(options, screen, signals);
    case Command::compare: return compare(options, screen, signals);
    case Command::validate: return validate(options, screen);
    case Command::config: return config(options, settings, screen);
    case Command::graph: return graph(options, screen);
    case Command::explain: return explain(options, screen);
    case Command::schema: return schema(options, screen);
    case Command::completion: return completion(options, screen);
    case Command::complete: return complete(options, screen);
    case Command::plugins_list: return plugins_list(options, screen);
    case Command::plugins_show: return plugins_show(options, screen);
    case Command::plugins_check: return plugins_check(options, screen);
    case Command::trust: return trust(options, screen);
    case Command::doctor: return doctor(options, screen);
    case Command::new_plugin: return new_plugin(options, screen);
    case Command::new_workflow: return new_workflow(options, screen);
    case Command::man: return man(options, screen);
    case Command::runs: return runs(options, screen);
    case Command::show: return show(options, screen);
    case Command::report: return report(options, screen);
    case Command::trace: return trace(options, screen);
    case Command::why: return why(options, screen);
    case Command::diff: return diff(options, screen);
    case Command::clean: return clean(options, screen);
    case Command::repro: return repro(options, screen, signals);
  }
  return kInternal;
}

/// Commands that read the configuration. The others work even if a configuration file is invalid.
bool reads_configuration(Command command) {
  switch (command) {
    case Command::help:
    case Command::explain:
    case Command::completion:
    case Command::complete:
    case Command::trust:
    case Command::new_plugin:
    case Command::new_workflow:
    case Command::man:
    case Command::runs:
    case Command::show:
    case Command::report:
    case Command::trace:
    case Command::diff:
    case Command::clean: return false;
    default: return true;
  }
}

/// The workflow of `config`. All other commands read their workflows themselves.
Result<std::vector<Setting>> settle(Options& options) {
  if (options.command != Command::config || options.arguments.empty()) return configure(options);
  const auto workflow = load_workflow(options.arguments.front());
  if (!workflow) return workflow.error();
  if (!workflow->diagnostics.empty()) return Errors(workflow->diagnostics);
  return configure(options, &*workflow);
}

Result<void> check_folders(const Options& options) {
  Errors errors;
  for (const std::filesystem::path& folder : options.plugin_folders) {
    std::error_code failed;
    if (!std::filesystem::is_directory(folder, failed))
      errors.list.push_back({codes::kNoFolder,
                             fmt::format("--plugins: '{}' is no folder: {}", escape_for_display(folder.string()),
                                         failed ? failed.message() : "Not a directory"),
                             {},
                             {"name a folder of plugins that exists"}});
  }
  if (errors.list.empty()) return {};
  return errors;
}

int command(Options& options, Screen& screen, Signals& signals) {
  if (const auto there = check_folders(options); !there)
    return refuse(there.error(), screen);  // before files of settings add theirs
  auto files = read_set_files(options.set_files);
  if (!files) return refuse(files.error(), screen);
  options.file_settings = std::move(*files);
  std::vector<Setting> settings;
  if (reads_configuration(options.command)) {
    auto configured = settle(options);
    if (!configured) return refuse(configured.error(), screen), kCommandLine;
    settings = std::move(*configured);
    screen.set_color(options.color.value_or(ColorMode::automatic));
  }
  return dispatch(options, settings, screen, signals);
}

/// Opens standard descriptors that the parent has closed, so that no other file gets their numbers. They are opened
/// with the wrong access mode, so that reading and writing report an error.
void fill_closed_descriptors() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (::fcntl(fd, F_GETFD) < 0) ::open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

/// Refuses to run as a setuid program, because its plugins would run with the rights of another user.
Result<void> runs_as_who_started_it() {
  if (::getuid() == ::geteuid() && ::getgid() == ::getegid()) return {};
  return Error{codes::kBorrowedRights,
               "ropewalk does not run with the rights of its file's owner or group (setuid, setgid)",
               {},
               {"remove them (chmod u-s,g-s), and start it as the user whose tasks it runs"}};
}

Error small_stack() {
  return {codes::kSmallStack,
          fmt::format("the stack of this process is limited to {}, and ropewalk needs {}", size_text(stack_limit()),
                      size_text(kMinStackBytes)),
          {},
          {"raise the limit: ulimit -s 8192"}};
}

int program(int argc, char** argv) {
  const bool has_stack = raise_stack_limit();
  fill_closed_descriptors();
  raise_descriptor_limit(KeepBack::many);
  lift_file_limit();
  report_crashes();
  Signals::prepare();
  Screen screen(ColorMode::automatic);
  if (!has_stack) return refuse(small_stack(), screen), kInternal;
  if (const auto allowed = runs_as_who_started_it(); !allowed) return refuse(allowed.error(), screen);
  auto options = parse_options(argc, argv);
  if (!options) return refuse(options.error(), screen);
  options->variable_settings = take_param_variables();
  screen.set_color(options->color.value_or(ColorMode::automatic));
  int code = kInternal, signal = 0;
  {
    Signals signals(screen);  // input from here on may be a silent pipe: Ctrl-C ends the wait
    code = command(*options, screen, signals);
    screen.settle();
    signal = signals.received();
  }
  if (signal == 0 && StandardOutput::has_lost_reader()) signal = SIGPIPE;
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
  } catch (const std::system_error& error) {
    const std::string why =
        error.code() == std::errc::resource_unavailable_try_again ? ropewalk::start_failure_text(EAGAIN) : error.what();
    ropewalk::FdSink(STDERR_FILENO).write(ropewalk::for_terminal(fmt::format("ropewalk: {}\n", why), false));
  } catch (const std::exception& error) {
    ropewalk::FdSink(STDERR_FILENO)
        .write(ropewalk::for_terminal(fmt::format("ropewalk: internal error: {}\n", error.what()), false));
  }
  return ropewalk::cli::kInternal;
}
