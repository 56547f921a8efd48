#pragma once
// The commands of the program, one file each. Each returns the exit code of the program.

#include "configuration.hpp"
#include "options.hpp"
#include "renumbered_task.hpp"
#include "screen.hpp"
#include "signals.hpp"

#include <ropewalk/error.hpp>
#include <ropewalk/plugin.hpp>

#include <filesystem>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace ropewalk {
class Engine;
class Observer;
struct EngineOptions;
struct Plan;
struct PlanOptions;
struct Workflow;
}  // namespace ropewalk

namespace ropewalk::cli {

class Logger;

inline constexpr int kTaskFailed = 1, kCommandLine = 2, kInvalid = 3, kPluginsMissing = 4, kInternal = 70,
                     kOutputFailed = 74;

int help(const Options& options, Screen& screen);
int run(const Options& options, Screen& screen, Signals& signals);
int resume(const Options& options, Screen& screen, Signals& signals);
int map(const Options& options, Screen& screen, Signals& signals);
int compare(const Options& options, Screen& screen, Signals& signals);
int validate(const Options& options, Screen& screen);
int config(const Options& options, const std::vector<Setting>& settings, Screen& screen);
int graph(const Options& options, Screen& screen);
int explain(const Options& options, Screen& screen);
int schema(const Options& options, Screen& screen);
int completion(const Options& options, Screen& screen);
int complete(const Options& options, Screen& screen);
int plugins_list(const Options& options, Screen& screen);
int plugins_show(const Options& options, Screen& screen);
int plugins_check(const Options& options, Screen& screen);
int trust(const Options& options, Screen& screen);
int doctor(const Options& options, Screen& screen);
int new_plugin(const Options& options, Screen& screen);
int new_workflow(const Options& options, Screen& screen);
int man(const Options& options, Screen& screen);
int runs(const Options& options, Screen& screen);
int show(const Options& options, Screen& screen);
int report(const Options& options, Screen& screen);
int trace(const Options& options, Screen& screen);
int why(const Options& options, Screen& screen);
int diff(const Options& options, Screen& screen);
int clean(const Options& options, Screen& screen);
int repro(const Options& options, Screen& screen, Signals& signals);

/// What a run of the workflow reads: its file, what it includes, and the files of --set-file.
std::vector<std::filesystem::path> files_of(const Workflow& workflow, const Options& options);
/// Whether the run reads none of the files that it writes: see named_outputs.hpp.
Result<void> check_outputs(const Options& options, const std::vector<std::filesystem::path>& inputs);
/// The same of one file. `option`: for the message.
Result<void> check_output(const char* option, const std::string& path,
                          const std::vector<std::filesystem::path>& inputs);

/// What a command adds to a run.
struct RunExtras {
  Observer* observer = nullptr;           ///< receives all events, and each result
  bool progress = true;                   ///< show progress, unless -q is given
  std::filesystem::path resume = {};      ///< the folder of the run that is continued; empty: a new run
  bool only_failed = false;               ///< of it: as RecordOptions::only_failed
  bool debugged = false;                  ///< a debugger may stop the task for any time
  std::optional<RecordedName> task = {};  ///< the plan has one task, which is reported as this one
  bool pass_on = false;                   ///< standard error of commands is copied to that of the program at once
};
/// Runs the plan with everything that the options request: files, progress, the summary. The engine must be the one
/// that made the plan.
int run_plan(const Plan& plan, Engine& engine, const Options& options, Screen& screen, Signals& signals,
             const RunExtras& extras = {});

/// Shows the diagnostics and returns their exit code: 3 with any in a workflow, 2 with any on the command
/// line, 4 when only plugins are missing or refused, 74 with one in a record, else 70.
int refuse(const Errors& errors, Screen& screen);
int code_of(const Errors& errors);

/// Prints to stdout, escaped as by Screen::say(), without colors. Returns false if writing fails. That the reader has
/// gone is no failure here: see standard_output.hpp.
bool print(std::string_view text, Screen& screen);

PlanOptions plan_options(const Options& options);
EngineOptions engine_options(const Options& options, Logger& logger);
EngineOptions engine_options(const Options& options);  // prints nothing

}  // namespace ropewalk::cli
