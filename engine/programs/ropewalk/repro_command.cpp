#include "commands.hpp"
#include "debugger.hpp"
#include "logger.hpp"
#include "recorded_plan.hpp"
#include "recorded_run.hpp"

#include "base/text.hpp"
#include "plan/items.hpp"
#include "plan/parameters.hpp"
#include "values/shown_value.hpp"

#include <ropewalk/codes.hpp>
#include <ropewalk/engine.hpp>
#include <ropewalk/json.hpp>
#include <ropewalk/redaction.hpp>

#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <system_error>

namespace ropewalk::cli {
namespace {

/// Values that are known: nothing varies from task to task.
class FixedParameters final : public Parameters {
 public:
  explicit FixedParameters(std::vector<Value> values) : values_(std::move(values)) {}
  std::span<const std::uint32_t> varying() const override { return {}; }
  Result<std::vector<Value>> constants(const Scope&) const override { return values_; }
  bool make(const Scope&, std::span<Value>, std::string&) const override { return true; }
  Result<std::vector<KnownParameter>> known(const Scope&) const override {
    std::vector<KnownParameter> all;
    for (const Value& value : values_) all.push_back({.value = value});
    return all;
  }

 private:
  const std::vector<Value> values_;
};

/// One task without an item.
class OneTask final : public Items {
 public:
  bool fans_out() const override { return false; }
  Result<std::unique_ptr<ItemList>> open(const Scope&) const override {
    return std::unique_ptr<ItemList>(std::make_unique<List>());
  }

 private:
  class List final : public ItemList {
   public:
    std::uint64_t size() const override { return 1; }
    Value at(std::uint64_t) const override { return {}; }
  };
};

/// The stage with this task alone, in a process of its own, once.
void isolate(Plan& plan, PlannedStage stage, std::vector<Value> values) {
  stage.executor = "process-per-task";
  stage.workers = stage.per_host = 1;
  stage.retries.max = 0;
  stage.on_error = OnError::proceed;  // the exit code is that of the task
  stage.needs.clear();
  stage.waits.clear();
  stage.after = After::success;
  stage.finally = false;
  stage.deadline_ns = plan.deadline_ns = 0;
  stage.streams_from.reset();
  stage.baseline.reset();
  stage.results_used = false;
  stage.items = std::make_shared<OneTask>();
  stage.items_read.clear();
  stage.parameters = std::make_shared<FixedParameters>(std::move(values));
  stage.outputs.reset();
  stage.condition.reset();
  stage.condition_reads.clear();
  plan.stages = {std::move(stage)};
}

void report_plugin(const RecordedStage& recorded, const PlannedStage& planned, Screen& screen) {
  if (planned.plugin->identity == recorded.plugin_identity) return;
  screen.say(fmt::format(
      "ropewalk: warning: plugin '{}' has changed since the run: it is now version {} ({}), and the run used "
      "version {} ({}), of which no copy is kept\n",
      recorded.plugin, planned.plugin->version, escape_for_display(planned.plugin->path.string()),
      recorded.plugin_version, escape_for_display(recorded.plugin_path)));
}

/// What was recorded, as far as it is not secret.
Environment recorded_environment(const RecordedStage& recorded, const PlannedStage& planned) {
  Environment variables;
  std::string problem;
  const auto all = recorded.environment.empty() ? std::nullopt : value_from_json(recorded.environment, problem);
  if (!all || all->as_map() == nullptr) return variables;
  for (const auto& [name, value] : *all->as_map()) {
    const std::string* text = value.as_text();
    const auto now = planned.env.find(name);
    const bool hidden = text == nullptr || text->find(Redaction::kShown) != text->npos;
    if (!hidden)
      variables[name] = *text;
    else if (now != planned.env.end())
      variables[name] = now->second;
  }
  return variables;
}

/// The parameter in which a secret is still hidden; empty: none.
std::string hidden_in(const PlannedStage& planned, const std::vector<Value>& values) {
  for (std::size_t i = 0; i < values.size(); ++i)
    if (to_json(readable(values[i])).find(Redaction::kShown) != std::string::npos) return planned.type().params[i].name;
  return {};
}

/// The directory of the run, so that relative paths mean what they meant. Before the engine starts a process, which
/// inherits it. Empty: it is the current one.
std::string enter_directory(const Record& record, Screen& screen) {
  if (record.run().sessions.empty()) return {};
  const std::filesystem::path& directory = record.run().sessions.back().directory;
  std::error_code error;
  if (std::filesystem::equivalent(directory, ".", error)) return {};
  error.clear();
  std::filesystem::current_path(directory, error);
  if (!error) return directory.string();
  screen.say(fmt::format("ropewalk: warning: the run was started in '{}', which cannot be entered: {}\n",
                         escape_for_display(directory.string()), error.message()));
  return {};
}

/// The same records, whatever the current directory becomes.
Options independent_of_directory(Options options) {
  std::error_code error;
  options.record_folder = std::filesystem::absolute(options.record_folder, error);
  std::string& run = options.arguments.front();
  // A name may be that of a file here too, and is a name all the same.
  const bool path = run.find('/') != run.npos || run.ends_with(".db");
  if (path) run = std::filesystem::absolute(run, error).string();
  return options;
}

Errors not_reproduced(std::string message, std::string note) {
  return Error{codes::kRecordedPlan, std::move(message), {}, {std::move(note)}};
}

}  // namespace

int repro(const Options& options, Screen& screen, Signals& signals) {
  const auto record = named_run(independent_of_directory(options));
  if (!record) return refuse(record.error(), screen);
  const auto place = find_task(options.arguments.at(1), (*record)->stages());
  if (!place) return refuse(place.error(), screen);
  const auto task = (*record)->task(place->stage, place->index);
  if (!task) return refuse(task.error(), screen);
  if (task->attempts.empty())
    return refuse(not_reproduced(fmt::format("no attempt of {} is recorded, so its parameters are not known",
                                             escape_for_display(options.arguments.at(1))),
                                 "'ropewalk why RUN STAGE/INDEX' shows why it did not run"),
                  screen);

  const std::string directory = enter_directory(**record, screen);
  Logger logger(screen, options.verbose);
  Engine engine(engine_options(options, logger));
  engine.prepare();
  const RecordedStage& stage = (*record)->stages()[place->stage];
  auto plan = recorded_plan(**record, stage, engine, options);
  if (!plan) return refuse(plan.error(), screen);
  const PlannedStage* planned = planned_stage(*plan, stage.name);
  if (!planned)
    return refuse(
        Error{codes::kRecordedPlan, fmt::format("the recorded workflow has no stage '{}'", stage.name), {}, {}},
        screen);
  const auto item = recorded_item(**record, *plan, *planned, *place, *task);
  if (!item) return refuse(item.error(), screen);
  auto values = recorded_values(**record, *plan, *planned, *place, *task);
  if (!values) return refuse(values.error(), screen);
  const std::string hidden = plan->redaction ? hidden_in(*planned, *values) : "";
  if (!hidden.empty())
    return refuse(not_reproduced(fmt::format("parameter '{}' contains a secret, which is not in the record", hidden),
                                 "run the workflow again"),
                  screen);
  report_plugin(stage, *planned, screen);
  if (!options.quiet)
    screen.say(fmt::format("{} of run {} again, alone{}\n", escape_for_display(options.arguments.at(1)),
                           escape_for_display((*record)->run().name),
                           directory.empty() ? "" : ", in " + escape_for_display(directory)));
  PlannedStage alone = *planned;
  alone.env = recorded_environment(stage, *planned);
  if (const auto taken = take_recorded_values(*plan, *task, alone); !taken) return refuse(taken.error(), screen);
  alone.by_attempt.reset();
  alone.first_index = place->index;
  if (options.history.gdb) {
    alone.awaits_debugger = true;
    alone.timeout_ns = 0;
  }
  isolate(*plan, std::move(alone), std::move(*values));
  RunExtras extras{.task = RecordedName{place->index, *item}};
  std::optional<Debugger> debugger;
  if (options.history.gdb) {
    extras.observer = &debugger.emplace(engine, screen);
    extras.progress = false;
    extras.debugged = true;
  }
  return run_plan(*plan, engine, options, screen, signals, extras);
}

}  // namespace ropewalk::cli
