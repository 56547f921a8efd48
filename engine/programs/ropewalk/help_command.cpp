#include "commands.hpp"
#include "tables.hpp"

#include "base/text.hpp"

#include <ropewalk/workflow.hpp>

#include <fmt/format.h>

namespace ropewalk::cli {
namespace {

/// The params of a workflow, for the help before the common options.
std::string about(const Workflow& workflow, const std::string& file) {
  std::string text = fmt::format("workflow {} ({})\n", escape_for_display(workflow.name), escape_for_display(file));
  if (!workflow.description.empty())
    fmt::format_to(std::back_inserter(text), "{}\n", escape_for_display(workflow.description));
  text += '\n';
  if (workflow.params.empty()) return text + "It has no params.\n\n";
  append_fields(text, "Its params, each given with --set NAME=VALUE, --set-file NAME=PATH or in ROPEWALK_PARAM_NAME:",
                workflow.params);
  return text + '\n';
}

}  // namespace

int help(const Options& options, Screen& screen) {
  if (options.arguments.empty()) {
    if (!options.misused) return print(options.text, screen) ? 0 : kOutputFailed;
    screen.say(options.text);
    return kCommandLine;
  }
  const std::string& file = options.arguments.front();
  const auto workflow = load_workflow(file);
  if (!workflow) return refuse(workflow.error(), screen);
  if (!workflow->diagnostics.empty()) return refuse(Errors(workflow->diagnostics), screen);
  return print(about(*workflow, file) + options.text, screen) ? 0 : kOutputFailed;
}

}  // namespace ropewalk::cli
