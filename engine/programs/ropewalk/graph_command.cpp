#include "commands.hpp"
#include "graph_text.hpp"
#include "logger.hpp"

#include <ropewalk/engine.hpp>

namespace ropewalk::cli {

int graph(const Options& options, Screen& screen) {
  Logger logger(screen, options.verbose);
  Engine engine(engine_options(options, logger));
  engine.prepare();
  const auto workflow = load_workflow(options.arguments.front());
  if (!workflow) return refuse(workflow.error(), screen);
  const auto plan = engine.plan(*workflow, plan_options(options));
  if (!plan) return refuse(plan.error(), screen);
  std::string text;
  switch (options.graph) {
    case GraphFormat::text: append_graph_text(text, *plan); break;
    case GraphFormat::dot: append_graph_dot(text, *plan); break;
    case GraphFormat::mermaid: append_graph_mermaid(text, *plan); break;
    case GraphFormat::json: append_graph_json(text, *plan); break;
  }
  return print(text, screen) ? 0 : kOutputFailed;
}

}  // namespace ropewalk::cli
