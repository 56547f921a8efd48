#include "recorded_run.hpp"

#include "base/shell_word.hpp"
#include "base/text.hpp"
#include "report/time_text.hpp"
#include "report/numbers.hpp"

#include <ropewalk/history.hpp>

#include <fmt/format.h>

namespace ropewalk::cli {
namespace {

/// The options of this command that the next one needs too.
std::string repeated_options(const Options& options) {
  std::string text;
  if (options.record_folder != Options().record_folder)
    text += " --record-dir " + shell_word(options.record_folder.string());
  for (const std::filesystem::path& folder : options.typed_folders) text += " --plugins " + shell_word(folder.string());
  if (options.trust) text += " --trust";
  return text;
}

/// Those that choose what runs, and the files of params that the record does not have.
std::string resume_options(const Options& options, const std::set<std::string, std::less<>>& secret_params) {
  std::string text;
  for (const std::string& stage : options.stages) text += " --stage " + shell_word(stage);
  for (const std::string& setting : options.set_files) {
    const std::size_t is = setting.find('=');
    if (is != setting.npos && secret_params.contains(setting.substr(0, is)) && setting.substr(is + 1) != "-")
      text += " --set-file " + shell_word(setting);
  }
  return text;
}

}  // namespace

Result<std::unique_ptr<Record>> named_run(const Options& options, std::size_t operand) {
  return open_run(options.record_folder, options.arguments.at(operand));
}

std::vector<std::string> next_commands(const RunResult& result, const std::string& run, const Options& options,
                                       const std::set<std::string, std::less<>>& secret_params) {
  const std::string shared = repeated_options(options);
  std::vector<std::string> commands;
  if (!result.failures.empty()) {
    const Failure& first = result.failures.front();
    commands.push_back(fmt::format("ropewalk why {} {}{}", shell_word(run),
                                   shell_word(fmt::format("{}/{}", first.stage, first.index)), shared));
  }
  if (result.outcome != Outcome::succeeded || result.broken)
    commands.push_back(
        fmt::format("ropewalk resume {}{}{}", shell_word(run), resume_options(options, secret_params), shared));
  return commands;
}

std::string headline(const RecordedRun& run) {
  const std::string file =
      run.file.empty() || run.file == "-" ? std::string() : fmt::format(" ({})", escape_for_display(run.file.string()));
  std::string text =
      fmt::format("run {} of {}{}", escape_for_display(run.name), escape_for_display(run.workflow), file);
  if (!run.sessions.empty()) text += ", started " + local_time_text(run.sessions.front().started_unix_ns);
  if (run.sessions.size() > 1) text += fmt::format(", resumed {}", counted(run.sessions.size() - 1, "time"));
  text += '\n';
  for (const RecordedSession& session : run.sessions)
    for (const std::string& note : session.resumed)
      text += fmt::format("resume{}: {}\n", run.sessions.size() > 2 ? fmt::format(" {}", session.number - 1) : "",
                          escape_for_display(note));
  if (run.live())
    text += run.live_pid > 0
                ? fmt::format("it is running, as process {}; this is what it has done so far\n", run.live_pid)
                : "it is running; this is what it has done so far\n";
  else if (run_state(run) == "killed")
    text += "it was killed, or its machine stopped; this is what it had done\n";
  if (!run.log_damage.empty()) text += fmt::format("warning: {}\n", run.log_damage);
  return text;
}

}  // namespace ropewalk::cli
