#include "commands.hpp"
#include "logger.hpp"
#include "workflow_schema.hpp"

#include <ropewalk/engine.hpp>
#include <ropewalk/report.hpp>

namespace ropewalk::cli {

/// Reports plugins that are refused. The schema does not contain them.
int schema(const Options& options, Screen& screen) {
  Logger logger(screen, options.verbose);
  Engine engine(engine_options(options, logger));
  std::vector<std::shared_ptr<const Plugin>> plugins;
  for (const std::string& name : engine.names()) {
    const auto plugin = engine.plugin(name);
    if (plugin) {
      plugins.push_back(*plugin);
      continue;
    }
    std::string text;
    const Errors refused = plugin.error();
    for (const Error& error : refused.list) append_diagnostic(text, error, Severity::warning, screen.color());
    if (!options.quiet) screen.say(text);
  }
  return print(workflow_schema(plugins), screen) ? 0 : kOutputFailed;
}

}  // namespace ropewalk::cli
