#include "commands.hpp"
#include "logger.hpp"
#include "recorded_plan.hpp"
#include "recorded_run.hpp"

#include "base/text.hpp"
#include "plan/items.hpp"
#include "plan/parameters.hpp"

#include <ropewalk/codes.hpp>
#include <ropewalk/engine.hpp>

#include <fmt/format.h>

#include <memory>

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
  stage.needs.clear();
  stage.waits.clear();
  stage.after = After::success;
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

void report_differences(const RecordedStage& recorded, const PlannedStage& planned, Screen& screen) {
  if (planned.plugin->identity == recorded.plugin_identity) return;
  screen.say(fmt::format(
      "ropewalk: warning: plugin '{}' is not the file that the run used: it has version {}, the run had {} ({})\n",
      recorded.plugin, planned.plugin->version, recorded.plugin_version, escape_for_display(recorded.plugin_path)));
}

}  // namespace

int repro(const Options& options, Screen& screen, Signals& signals) {
  const auto record = named_run(options);
  if (!record) return refuse(record.error(), screen);
  const auto place = find_task(options.arguments.at(1), (*record)->stages());
  if (!place) return refuse(place.error(), screen);
  const auto task = (*record)->task(place->stage, place->index);
  if (!task) return refuse(task.error(), screen);

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
  auto values = recorded_values(**record, *plan, *planned, *place, *task);
  if (!values) return refuse(values.error(), screen);
  report_differences(stage, *planned, screen);
  if (!options.quiet)
    screen.say(fmt::format("{} of run {} again, alone, as {}/0\n", escape_for_display(options.arguments.at(1)),
                           (*record)->run().name, stage.name));
  isolate(*plan, *planned, std::move(*values));
  return run_plan(*plan, engine, options, screen, signals);
}

}  // namespace ropewalk::cli
