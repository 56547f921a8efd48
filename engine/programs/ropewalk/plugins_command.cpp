#include "commands.hpp"
#include "plugin_check.hpp"
#include "tables.hpp"

#include "base/text.hpp"
#include "logger.hpp"
#include "report/numbers.hpp"

#include <ropewalk/engine.hpp>

#include <fmt/format.h>

#include <filesystem>
#include <iterator>

namespace ropewalk::cli {
namespace {

std::string traits_of(const TaskDescription& type) {
  std::string traits = "runs on " +
                       (type.executor.empty() ? std::string("process") : escape_for_display(type.executor)) +
                       " unless told otherwise";
  traits += type.thread_safe ? "; thread-safe" : "; not thread-safe: process executors and serial only";
  if (type.stops) traits += "; stops when asked";
  if (!type.repeatable) traits += "; never repeated";
  return traits;
}

std::string names_of(const Plugin& plugin) {
  std::string names;
  for (const TaskDescription& type : plugin.task_types) names += (names.empty() ? "" : " ") + type.name;
  return names;
}

void append_checked(std::string& text, const Plugin& plugin, const CheckedType& type) {
  std::vector<std::string> came_out;
  const auto count = [&](std::uint64_t number, std::string_view what) {
    if (number != 0)
      came_out.push_back(fmt::format("{} {}", number == type.runs ? "all" : std::to_string(number), what));
  };
  count(type.succeeded, "succeeded");
  count(type.stopped, "stopped when asked");
  count(type.failed, "failed: " + escape_for_display(type.why_failed));
  count(type.endless, "ended for their time");
  count(type.runs - type.succeeded - type.stopped - type.failed - type.endless, "at fault");
  fmt::format_to(std::back_inserter(text), "{}.{}: opened, run {} times with its defaults, closed: {}\n", plugin.name,
                 type.name, type.runs, fmt::join(came_out, ", "));
  for (const std::string& fault : type.faults) text += "  fault: " + escape_for_display(fault) + "\n";
  for (const std::string& note : type.notes) text += "  note: " + escape_for_display(note) + "\n";
}

}  // namespace

int plugins_list(const Options& options, Screen& screen) {
  Logger logger(screen, options.verbose);
  Engine engine(engine_options(options, logger));
  std::vector<Row> rows{{"name", "version", "task types", "file"}};
  Errors refused;
  for (const std::string& name : engine.names()) {
    const auto plugin = engine.plugin(name);
    if (plugin) {
      rows.push_back({(*plugin)->name, (*plugin)->version, names_of(**plugin), (*plugin)->path.string()});
      continue;
    }
    const Errors why = plugin.error();
    refused.list.insert(refused.list.end(), why.list.begin(), why.list.end());
  }
  std::string text;
  if (rows.size() > 1)
    append_rows(text, rows, "");
  else if (refused.list.empty())
    screen.say("ropewalk: no plugin was found; --plugins DIR or ROPEWALK_PLUGIN_PATH names their folders\n");
  if (!print(text, screen)) return kOutputFailed;
  return refused.list.empty() ? 0 : refuse(refused, screen);
}

int plugins_show(const Options& options, Screen& screen) {
  Logger logger(screen, options.verbose);
  Engine engine(engine_options(options, logger));
  const auto found = engine.plugin(options.arguments.front());
  if (!found) return refuse(found.error(), screen);
  const Plugin& plugin = **found;
  std::string text = fmt::format("{} {}\n{}\n", plugin.name, escape_for_display(plugin.version),
                                 escape_for_display(plugin.path.string()));
  if (!plugin.interpreter.empty())
    fmt::format_to(std::back_inserter(text), "runs in {} (chosen by: {})\n",
                   escape_for_display(plugin.interpreter.string()), escape_for_display(plugin.interpreter_choice));
  for (const TaskDescription& type : plugin.task_types) {
    fmt::format_to(std::back_inserter(text), "\n{}.{}{}{}\n  {}\n", plugin.name, type.name,
                   type.summary.empty() ? "" : ": ", escape_for_display(type.summary), traits_of(type));
    append_fields(text, "parameters", type.params);
    for (const std::vector<std::string>& group : type.exactly_one)
      fmt::format_to(std::back_inserter(text), "    exactly one of: {}\n", fmt::join(group, ", "));
    append_fields(text, "result", type.results);
  }
  return print(text, screen) ? 0 : kOutputFailed;
}

int plugins_check(const Options& options, Screen& screen) {
  const std::string& file = options.arguments.front();
  std::error_code failed;
  const std::filesystem::path path = std::filesystem::absolute(file, failed);
  Logger logger(screen, options.verbose);
  EngineOptions how = engine_options(options, logger);
  how.scratch_folder = true;  // for what its tasks write without being told where
  Engine engine(how);
  const auto found = engine.plugin_file(path);
  if (!found) {
    const int code = refuse(found.error(), screen);
    const bool plugins = code == kPluginsMissing;
    screen.say(fmt::format("{}: not OK; the fault lies with {}\n", escape_for_display(file),
                           plugins ? "the plugin or its file" : "Ropewalk or this machine, not with the plugin"));
    return code;
  }
  const Plugin& plugin = **found;
  bool good = true;
  std::string text;
  for (const CheckedType& type : check_task_types(how, *found))
    append_checked(text, plugin, type), good = good && type.faults.empty();
  if (!good) {
    if (!print(text, screen)) return kOutputFailed;
    screen.say(fmt::format("{}: not OK; the fault lies with the plugin\n", escape_for_display(file)));
    return kPluginsMissing;
  }
  text += fmt::format("{}: OK: plugin '{}' {}, ABI 1.{}, {}: {}\n", escape_for_display(file), plugin.name,
                      escape_for_display(plugin.version), plugin.abi_minor,
                      counted(plugin.task_types.size(), "task type"), names_of(plugin));
  return print(text, screen) ? 0 : kOutputFailed;
}

}  // namespace ropewalk::cli
