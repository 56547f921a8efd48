#include "commands.hpp"

#include "listeners.hpp"
#include "logger.hpp"
#include "map_workflow.hpp"
#include "report/result_printer.hpp"
#include "report/sink.hpp"
#include "stdout_reader.hpp"
#include "workflow/keys.hpp"

#include <ropewalk/engine.hpp>

#include <fmt/format.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <memory>
#include <unistd.h>

namespace ropewalk::cli {
namespace {

/// Null: it cannot be found, and the planner says why.
std::shared_ptr<const Plugin> find_plugin(const std::string& task, Engine& engine) {
  const std::string name = task.substr(0, task.find('.'));
  if (!is_name(name)) return nullptr;
  const auto found = engine.plugin(name);
  return found ? *found : nullptr;
}

/// The workflow is ours: its mistakes are those of the command line, and its lines are nobody's but where an expression
/// is shown.
int refuse_mapping(Errors errors, Screen& screen) {
  for (Error& error : errors.list)
    if (!error.code.starts_with("W3")) error.place = {};
  const int code = refuse(errors, screen);
  return code == kInvalid ? kCommandLine : code;
}

int run_and_print(const Plan& plan, Engine& engine, ResultPrinter::Style style, const Options& options, Screen& screen, Signals& signals) {
  FdSink out(STDOUT_FILENO);
  StdoutReader reader(engine, screen);
  ResultPrinter printer(out, std::move(style), [&] {
    if (out.error() == EPIPE) reader.leave();
    else engine.stop(StopLevel::kill);
  });
  Listeners listeners;
  listeners.add(printer);
  listeners.add(reader);
  // A frame that is redrawn on the same terminal would tear what is printed.
  const bool progress = !screen.terminal() || ::isatty(STDOUT_FILENO) == 0;
  const int code = run_plan(plan, engine, options, screen, signals, {.observer = &listeners, .progress = progress, .pass_on = true});
  if (reader.is_gone()) signals.take(SIGPIPE);
  else if (!printer.problem().empty()) screen.say(fmt::format("ropewalk: a result cannot be kept until it can be printed: {}\n", printer.problem()));
  else if (out.error() != 0) screen.say(fmt::format("ropewalk: cannot write to stdout: {}\n", std::strerror(out.error())));
  else return code;
  return kOutputFailed;
}

}  // namespace

int map(const Options& options, Screen& screen, Signals& signals) {
  Logger logger(screen, options.verbose);
  Engine engine(engine_options(options, logger));
  engine.prepare();
  const std::string& task = options.arguments.front();
  const auto plugin = find_plugin(task, engine);
  const std::size_t dot = task.find('.');
  const TaskType* type = plugin && dot != std::string::npos ? plugin->find(std::string_view(task).substr(dot + 1)) : nullptr;

  const auto text = map_workflow(options, type);
  if (!text) return refuse_mapping(text.error(), screen);
  const auto workflow = parse_workflow(*text, kMapName);
  if (!workflow) return refuse_mapping(workflow.error(), screen);
  const auto plan = engine.plan(*workflow, PlanOptions{.fallback_executor = options.fallback_executor, .jobs = options.jobs});
  if (!plan) return refuse_mapping(plan.error(), screen);
  if (const auto used = check_items_are_used(options, plan->stages.front()); !used) return refuse_mapping(used.error(), screen);
  const auto style = printed_style(options, plan->stages.front().type());
  if (!style) return refuse_mapping(style.error(), screen);

  if (options.map.print_yaml) return print(*text, screen) ? 0 : kOutputFailed;
  const bool other = options.json || options.results == "-" || options.events == "-";
  return other ? run_plan(*plan, engine, options, screen, signals, {.pass_on = true}) : run_and_print(*plan, engine, *style, options, screen, signals);
}

}  // namespace ropewalk::cli
