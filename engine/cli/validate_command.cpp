#include "commands.hpp"

#include "logger.hpp"
#include "report/mistakes.hpp"
#include "report/numbers.hpp"

#include <ropewalk/engine.hpp>

#include <fmt/format.h>

namespace ropewalk::cli {
namespace {

struct Verdict {
  std::string file;
  Errors errors;
  std::vector<Error> warnings;
  std::size_t stages = 0;
};

Verdict judge(const std::string& file, const Options& options, Engine& engine) {
  Verdict verdict{file, {}, {}, 0};
  const auto workflow = load_workflow(file);
  if (!workflow) {
    verdict.errors = workflow.error();
    return verdict;
  }
  const auto plan = engine.plan(*workflow, PlanOptions{.set = options.set, .executors = options.executors, .fallback_executor = options.fallback_executor, .jobs = options.jobs});
  if (!plan) {
    verdict.errors = plan.error();
    return verdict;
  }
  verdict.warnings = plan->warnings;
  verdict.stages = plan->stages.size();
  return verdict;
}

void append_verdict_json(std::string& out, const Verdict& verdict) {
  out += "{\"file\": ";
  append_json_string(out, verdict.file);
  out += verdict.errors.list.empty() ? ", \"valid\": true, \"errors\": " : ", \"valid\": false, \"errors\": ";
  append_mistakes_json(out, verdict.errors.list);
  out += ", \"warnings\": ";
  append_mistakes_json(out, verdict.warnings);
  out += '}';
}

}  // namespace

int validate(const Options& options, Screen& screen) {
  Logger logger(screen, options.verbose);
  Engine engine(engine_options(options, logger));
  Errors all;
  std::string document = "{\"schema\": 1, \"ropewalk\": \"" ROPEWALK_VERSION "\", \"files\": [";
  for (const std::string& file : options.arguments) {
    const Verdict verdict = judge(file, options, engine);
    if (&file != &options.arguments.front()) document += ", ";
    append_verdict_json(document, verdict);
    all.list.insert(all.list.end(), verdict.errors.list.begin(), verdict.errors.list.end());
    if (options.json) continue;
    std::string text;
    for (const Error& warning : verdict.warnings) append_mistake(text, warning, Severity::warning, screen.color());
    append_mistakes(text, verdict.errors, screen.color());
    if (verdict.errors.list.empty() && !options.quiet)
      fmt::format_to(std::back_inserter(text), "{}: valid, {}\n", file, counted(verdict.stages, "stage"));
    screen.say(text);
  }
  if (options.json && !print(document + "]}\n", screen)) return kOutputFailed;
  return all.list.empty() ? 0 : code_of(all);
}

}  // namespace ropewalk::cli
