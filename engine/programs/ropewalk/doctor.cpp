#include "doctor.hpp"

#include "commands.hpp"
#include "config_file.hpp"
#include "program_output.hpp"

#include "base/file_text.hpp"
#include "base/memory_groups.hpp"
#include "base/program_path.hpp"
#include "base/text.hpp"
#include "base/user_files.hpp"
#include "choices/cores.hpp"
#include "choices/means.hpp"
#include "engine/program_folder.hpp"
#include "plugin_files/search.hpp"

#include <ropewalk/engine.hpp>
#include <ropewalk/plan.hpp>
#include <ropewalk/version.hpp>

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace ropewalk::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kTrialBytes = 64u << 20;

ProgramState program_state(const std::string& name, const fs::path& file) {
  ProgramState state{.name = name, .file = file};
  const ProgramOutput said = output_of(file, {"--version"});
  const std::string before = name + " ";
  if (!said.problem.empty()) {
    state.problem = fmt::format("{} cannot be started: {}", file.string(), said.problem);
  } else if (said.code != 0 || !said.text.starts_with(before)) {
    state.problem =
        fmt::format("{} does not print its version: it is another program, or of a version before 0.1", file.string());
  } else {
    state.version = said.text.substr(before.size(), said.text.find('\n') - before.size());
    if (state.version != program_version())
      state.problem =
          fmt::format("{} is version {}, and ropewalk is version {}", file.string(), state.version, program_version());
  }
  return state;
}

CoreState core_state() {
  return {.online = static_cast<unsigned>(std::max(1L, ::sysconf(_SC_NPROCESSORS_ONLN))),
          .affinity = affinity_cores(),
          .usable = usable_cores()};
}

/// Why no group can be made, according to the first candidate folder.
std::string group_problem(const std::vector<GroupFolder>& folders) {
  if (folders.empty()) return "this process is in no control group with the memory controller";
  const GroupFolder& best = folders.front();
  const std::string controllers = file_text(best.path / "cgroup.subtree_control").value_or("");
  if (::access(best.path.c_str(), W_OK) != 0) return fmt::format("{}: {}", best.path.string(), std::strerror(errno));
  if (best.version == 2 && controllers.find("memory") == std::string::npos)
    return fmt::format("{}: the memory controller is not enabled for groups below it (cgroup.subtree_control)",
                       best.path.string());
  return fmt::format("no group could be made in {}", best.path.string());
}

void examine_groups(DoctorReport& report) {
  MemoryGroups groups;
  if (const auto trial = groups.make(kTrialBytes))
    report.group_folder = groups.folder().parent_path();
  else
    report.group_problem = group_problem(memory_group_folders());
  const bool held = report.group_folder.has_value();
  report.limits = {{"memory", held,
                    held ? "by a control group, together with all that tasks start"
                         : "in hosts with one worker by RLIMIT_DATA, elsewhere by measuring ten times a second"},
                   {"cpu_time", false, "in hosts with one worker by their CPU clock; refused for others"},
                   {"files", true, "by RLIMIT_FSIZE while a task runs"},
                   {"output", true, "by the size of the file that output goes to"}};
}

void examine_paths(DoctorReport& report, const ProgramFolder& place) {
  report.paths = {{"program", own_program()},
                  {"helpers", place.programs},
                  {"shipped plugins", place.plugins},
                  {"your plugins", user_folder("XDG_DATA_HOME", ".local/share") / "plugins"},
                  {"your settings", user_file()},
                  {"project's settings", project_file()},
                  {"cache", user_folder("XDG_CACHE_HOME", ".cache")}};
}

void examine_plugins(DoctorReport& report, const ProgramFolder& place, const Options& options) {
  Engine engine(engine_options(options));
  std::size_t shipped = 0;
  for (const std::string& name : engine.names()) {
    PluginState& state = report.plugins.emplace_back(PluginState{.name = name});
    const auto plugin = engine.plugin(name);
    if (plugin) {
      state.version = (*plugin)->version;
      state.file = (*plugin)->path;
      state.ships = state.file.parent_path() == place.plugins;
    } else {
      const Error why = plugin.error().list.front();
      state.ships = !plugin_in(place.plugins, name).empty();
      state.code = why.code;
      state.problem = why.message;
      if (state.ships)
        report.problems.push_back(fmt::format("the plugin '{}', which ships, is refused: {}", name, why.message));
    }
    if (state.ships) ++shipped;
  }
  if (shipped == 0)
    report.problems.push_back(
        fmt::format("no plugin that ships is in {}: keep bin, libexec and lib of an installation together",
                    place.plugins.string()));
}

void examine_tools(DoctorReport& report) {
  const char* path = std::getenv("PATH");
  for (const char* name : {"python3", "srun"})
    report.tools.push_back({.name = name, .file = program_in_path(path == nullptr ? "" : path, name)});
}

TerminalState terminal_state(Screen& screen) {
  const char* type = std::getenv("TERM");
  return {.input = ::isatty(STDIN_FILENO) == 1,
          .output = ::isatty(STDOUT_FILENO) == 1,
          .error = ::isatty(STDERR_FILENO) == 1,
          .color = screen.color(),
          .width = screen.width(),
          .type = type == nullptr ? "" : type};
}

}  // namespace

DoctorReport examine(const Options& options, Screen& screen) {
  DoctorReport report;
  const ProgramFolder place = find_program_folder({}, {});
  report.programs.push_back({.name = "ropewalk", .file = own_program(), .version = program_version()});
  for (const char* name : {"ropewalk-host", "ropewalk-warden"}) {
    ProgramState state = program_state(name, place.programs / name);
    if (!state.problem.empty()) report.problems.push_back(state.problem);
    report.programs.push_back(std::move(state));
  }
  if (!place.found)
    report.problems = {"ropewalk-host and ropewalk-warden are in none of these folders: " + path_list(place.searched)};
  examine_paths(report, place);
  report.cores = core_state();
  report.memory_bytes = machine_means().memory_bytes;
  examine_groups(report);
  if (report.works()) examine_plugins(report, place, options);  // a plugin is described by the host
  examine_tools(report);
  report.terminal = terminal_state(screen);
  return report;
}

}  // namespace ropewalk::cli
