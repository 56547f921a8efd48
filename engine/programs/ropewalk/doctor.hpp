#pragma once
// The checks of `ropewalk doctor` on this installation and this machine. Collects facts and problems; prints nothing.
// One thread.

#include "options.hpp"
#include "screen.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace ropewalk::cli {

/// A program of Ropewalk. `problem` is empty if it exists and has this version.
struct ProgramState {
  std::string name;
  std::filesystem::path file;
  std::string version = {};  ///< as it prints it; empty: it could not be started
  std::string problem = {};
};

struct PathState {
  std::string name;
  std::filesystem::path path;
};

struct CoreState {
  unsigned online = 0;    ///< of the machine
  unsigned affinity = 0;  ///< that this process may use (taskset, cpuset)
  unsigned usable = 0;    ///< the same within the quota of control groups: the default of workers
};

/// A limit of a stage, and how it is enforced on this machine.
struct LimitState {
  std::string name;   ///< as in `limits`
  bool held = false;  ///< for every executor and all processes of tasks; otherwise `how` explains
  std::string how;
};

struct PluginState {
  std::string name;
  std::string version = {};
  std::filesystem::path file = {};
  bool ships = false;
  std::string code = {}, problem = {};  ///< why it is refused; empty: it is not
};

struct ToolState {
  std::string name;
  std::filesystem::path file;  ///< empty: not in PATH
};

struct TerminalState {
  bool input = false, output = false, error = false;  ///< are terminals
  bool color = false;                                 ///< messages have colors
  unsigned width = 0;                                 ///< columns of messages
  std::string type;                                   ///< TERM
};

struct DoctorReport {
  std::vector<ProgramState> programs;
  std::vector<PathState> paths;
  CoreState cores;
  std::uint64_t memory_bytes = 0;                     ///< available now
  std::optional<std::filesystem::path> group_folder;  ///< where groups with a limit of memory can be made
  std::string group_problem;                          ///< why not
  std::vector<LimitState> limits;
  std::vector<PluginState> plugins;
  std::vector<ToolState> tools;
  TerminalState terminal;
  std::vector<std::string> problems;  ///< problems with what every run needs; empty: all of it works

  bool works() const { return problems.empty(); }
};

/// Starts the programs of Ropewalk, and loads the plugins whose folders are trusted. Leaves no files or processes
/// behind.
DoctorReport examine(const Options& options, Screen& screen);

/// The report as a table for people, and as one JSON document.
std::string doctor_text(const DoctorReport& report);
std::string doctor_json(const DoctorReport& report);

}  // namespace ropewalk::cli
