#include "commands.hpp"

#include "base/text.hpp"
#include "logger.hpp"
#include "report/numbers.hpp"

#include <ropewalk/engine.hpp>
#include <ropewalk/report.hpp>
#include <ropewalk/version.hpp>

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
  const auto plan = engine.plan(*workflow, plan_options(options));
  if (!plan) {
    verdict.errors = plan.error();
    return verdict;
  }
  verdict.warnings = plan->warnings;
  verdict.stages = plan->stages.size();
  return verdict;
}

/// The JSON document about all files.
struct Report {
  std::string files, diagnostics;

  void add_json(const Verdict& verdict) {
    files += files.empty() ? "{\"file\": " : ", {\"file\": ";
    append_json_string(files, verdict.file);
    fmt::format_to(std::back_inserter(files), ", \"valid\": {}}}", verdict.errors.list.empty());
    for (const auto& [list, severity] :
         {std::pair(&verdict.errors.list, Severity::error), std::pair(&verdict.warnings, Severity::warning)})
      for (const Error& error : *list)
        append_diagnostic_json(diagnostics += diagnostics.empty() ? "" : ", ", error, severity, verdict.file);
  }
  std::string document() const {
    return fmt::format("{{\"schema\": 1, \"ropewalk\": \"{}\", \"files\": [{}], \"mistakes\": [{}]}}\n",
                       program_version(), files, diagnostics);
  }
};

}  // namespace

int validate(const Options& options, Screen& screen) {
  Logger logger(screen, options.verbose);
  Engine engine(engine_options(options, logger));
  engine.prepare();
  Errors all;
  Report report;
  for (const std::string& file : options.arguments) {
    const Verdict verdict = judge(file, options, engine);
    all.list.insert(all.list.end(), verdict.errors.list.begin(), verdict.errors.list.end());
    if (options.json) {
      report.add_json(verdict);
      continue;
    }
    std::string text;
    for (const Error& warning : verdict.warnings) append_diagnostic(text, warning, Severity::warning, screen.color());
    append_diagnostics(text, verdict.errors, screen.color());
    if (verdict.errors.list.empty() && !options.quiet)
      fmt::format_to(std::back_inserter(text), "{}: valid, {}\n", escape_for_display(file),
                     counted(verdict.stages, "stage"));
    screen.say(text);
  }
  if (options.json && !print(report.document(), screen)) return kOutputFailed;
  return all.list.empty() ? 0 : code_of(all);
}

}  // namespace ropewalk::cli
