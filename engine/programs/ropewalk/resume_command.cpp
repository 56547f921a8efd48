#include "commands.hpp"

#include "base/text.hpp"
#include "logger.hpp"
#include "workflow/document.hpp"

#include <ropewalk/codes.hpp>
#include <ropewalk/engine.hpp>
#include <ropewalk/history.hpp>
#include <ropewalk/json.hpp>
#include <ropewalk/record.hpp>
#include <ropewalk/redaction.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace ropewalk::cli {
namespace {

/// What the run was planned with, as far as a resume takes it over.
struct OldRun {
  std::filesystem::path folder;
  std::filesystem::path file;
  std::string text;  ///< of the workflow, as it was
  std::vector<RecordedParam> params;
  std::int64_t now_unix_s = 0;
};

Result<OldRun> read_old_run(const Options& options) {
  const auto record = open_run(options.record_folder,
                               options.arguments.empty() ? kLatest : std::string_view(options.arguments.front()));
  if (!record) return record.error();
  const auto sources = (*record)->sources();
  if (!sources) return sources.error();
  auto params = (*record)->params();
  if (!params) return params.error();
  return OldRun{.folder = (*record)->run().folder,
                .file = (*record)->run().file,
                .text = sources->empty() ? std::string() : sources->front().text,
                .params = std::move(*params),
                .now_unix_s = (*record)->run().now_unix_s};
}

/// The workflow as it is now. What was read from standard input is only in the record.
Result<Workflow> workflow_of(const OldRun& run) {
  if (run.file != "-") return load_workflow(run.file);
  if (run.text.find(Redaction::kShown) == std::string::npos) return parse_workflow(run.text, "-");
  return Errors(Error{codes::kRecordedPlan,
                      "the workflow came from standard input, and its text is recorded without its secrets",
                      {},
                      {"run the workflow again"}});
}

/// Params that were given to the old run and are not given now, as --set has them. For a value that was the default
/// then, the default of now counts.
std::vector<std::string> old_settings(const OldRun& run, const Workflow& now) {
  std::vector<std::string> settings;
  const auto then = parse_workflow(run.text, run.file.string());
  const auto find = [](const Workflow& workflow, const std::string& name) {
    return std::find_if(workflow.params.begin(), workflow.params.end(),
                        [&](const Field& field) { return field.name == name; });
  };
  for (const RecordedParam& param : run.params) {
    std::string problem;
    const std::optional<Value> value = param.secret ? std::nullopt : value_from_json(param.value, problem);
    if (!value || find(now, param.name) == now.params.end()) continue;
    if (then) {
      const auto field = find(*then, param.name);
      if (field != then->params.end() && field->default_value && to_json(*field->default_value) == param.value)
        continue;
    }
    settings.push_back(fmt::format("{}={}", param.name, value->as_text() != nullptr ? *value->as_text() : param.value));
  }
  return settings;
}

}  // namespace

int resume(const Options& options, Screen& screen, Signals& signals) {
  Logger logger(screen, options.verbose);
  Engine engine(engine_options(options, logger));
  engine.prepare();
  const auto run = read_old_run(options);
  if (!run) return refuse(run.error(), screen);
  const auto workflow = workflow_of(*run);
  if (!workflow) return refuse(workflow.error(), screen);
  if (const auto good = check_outputs(options, {run->file}); !good) return refuse(good.error(), screen);
  PlanOptions planning = plan_options(options);
  planning.now_unix_s = run->now_unix_s;
  const auto is_given = [&](const std::string& setting) {
    const std::string_view name = std::string_view(setting).substr(0, setting.find('=') + 1);
    const auto names_it = [&](const auto& given) { return given.first + "=" == name; };
    return std::any_of(options.set.begin(), options.set.end(),
                       [&](const std::string& given) { return given.starts_with(name); }) ||
           std::any_of(options.file_settings.begin(), options.file_settings.end(), names_it);
  };
  for (std::string& setting : old_settings(*run, *workflow))
    if (!is_given(setting)) planning.set.push_back(std::move(setting));
  const auto plan = engine.plan(*workflow, planning);
  if (!plan) return refuse(plan.error(), screen);
  return run_plan(*plan, engine, options, screen, signals, {.resume = run->folder, .only_failed = options.only_failed});
}

}  // namespace ropewalk::cli
