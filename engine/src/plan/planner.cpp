#include "plan/attempt_rules.hpp"
#include "plan/holding.hpp"
#include "plan/item_sources.hpp"
#include "plan/names.hpp"
#include "plan/placing.hpp"
#include "plan/settings.hpp"
#include "plan/stage_parameters.hpp"
#include "plan/task_lookup.hpp"

#include <ropewalk/codes.hpp>
#include <ropewalk/plan.hpp>
#include <ropewalk/workflow.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

namespace ropewalk {
namespace {

constexpr std::string_view kNoItem = "it belongs to the tasks of a stage";

/// Makes one plan. Stages are planned in file order, since each may read those before it.
class Planner {
 public:
  Planner(const Workflow& workflow, PluginSource& plugins, const PlanOptions& options)
      : workflow_(workflow), document_(*workflow.document), plugins_(plugins), options_(options) {
    mistakes_.add(workflow.mistakes);
    stdin_taken_ = workflow.file == "-";
  }

  Result<Plan> make() {
    settings_ = read_settings(document_, options_.set, mistakes_);
    find_tasks();
    const ExecutorOptions executors(options_.executors, known_, mistakes_);
    default_rules_ = read_rules(document_.defaults, names_at(known_.size(), kNoItem));
    for (std::size_t i = 0; i < document_.stages.size(); ++i) plan_stage(i, executors);
    check_defaults();
    if (!mistakes_.empty()) return Errors(mistakes_.take());
    for (const PlannedStage& stage : plan_.stages) {
      for (const std::uint32_t read : reads_[static_cast<std::size_t>(&stage - plan_.stages.data())])
        plan_.stages[read].results_used = true;
      if (stage.streams_from) plan_.stages[*stage.streams_from].results_used = true;
    }
    plan_.workflow = workflow_.name;
    plan_.file = workflow_.file;
    plan_.jobs = options_.jobs;
    plan_.params = std::move(settings_.values);
    return std::move(plan_);
  }

 private:
  Names names_at(std::size_t stage, std::string_view no_item) {
    return Names{document_, settings_.values, settings_.unknown, known_, stage, std::nullopt, no_item, mistakes_};
  }

  /// The folders of `plugins: {path: [...]}`, relative to the workflow's file.
  std::vector<std::filesystem::path> plugin_folders() {
    const std::filesystem::path base = workflow_.file == "-" ? std::filesystem::path() : workflow_.file.parent_path();
    std::vector<std::filesystem::path> folders;
    for (const Node* node : document_.plugin_paths) {
      const auto binding = Binding::compile(*node, {Type::path, Type::any}, "a folder of 'path'", names_at(0, kNoItem));
      if (!binding || binding->is_unknown()) continue;
      if (binding->is_constant()) folders.push_back(base / *binding->constant().as_string());
    }
    return folders;
  }

  void find_tasks() {
    TaskLookup lookup(document_.source, plugins_, plugin_folders(), mistakes_);
    for (const StageForm& form : document_.stages) {
      FoundTask found;
      if (form.task) found = lookup.find(*form.task);
      KnownStage known;
      if (form.name) known.name = form.name->text;
      if (found.plugin) known.type = &found.plugin->task_types[found.type];
      if (form.task) known.task = form.task->text;
      known.fans_out = form.fan_out != FanOut::none;
      known_.push_back(known);
      found_.push_back(std::move(found));
    }
  }

  void plan_stage(std::size_t i, const ExecutorOptions& executors) {
    const StageForm& form = document_.stages[i];
    const TaskType* type = known_[i].type;
    PlannedStage stage;
    stage.name = known_[i].name;
    stage.task = known_[i].task;
    stage.place = place_of(document_.source, form.name ? *form.name : *form.node);
    stage.plugin = found_[i].plugin;
    stage.task_type = found_[i].type;

    const std::string no_foreach = fmt::format("stage '{}' has no 'foreach'", stage.name);
    Names names = names_at(i, "a 'foreach' makes the items");
    const auto items = compile_items(form, names);
    names.no_item = no_foreach;
    if (form.fan_out != FanOut::none) names.item = items ? items->item : Shape{};
    const auto parameters = compile_parameters(form, type, stage.task, names, defaults_taken_);
    names.item.reset();
    names.no_item = kNoItem;
    take_rules(read_rules(form, names, default_rules_), stage);
    const ChosenBy chosen =
        place_stage(form, type, stage.task, names, options_, executors, stage, plan_.warnings);
    check_holding(form, stage, chosen, names, plan_.warnings);

    if (items && items->reads_stdin) take_stdin(*form.items);
    std::set<std::uint32_t> reads;
    if (items) reads = items->reads;
    if (parameters) reads.insert(parameters->reads().begin(), parameters->reads().end());
    if (items) connect(i, *items, reads, stage);
    signatures_.push_back(items && parameters
                              ? fmt::format("{}\n{}\n{}", stage.task, items->signature, parameters->signature())
                              : std::string());
    stage.baseline = baseline(i, stage);
    stage.parameters = parameters;
    plan_.stages.push_back(std::move(stage));
    reads_.push_back(std::move(reads));
  }

  static void take_rules(const AttemptRules& rules, PlannedStage& stage) {
    stage.timeout_ns = rules.timeout_ns;
    stage.retries = rules.retries;
    stage.limits = rules.limits;
  }

  /// What must have ended before the stage starts: the one before it, unless that one streams into it, and all whose
  /// results it reads as a whole.
  static void connect(std::size_t i, const CompiledItems& items, const std::set<std::uint32_t>& reads,
                      PlannedStage& stage) {
    stage.items = items.items;
    stage.streams_from = items.streams_from;
    std::set<std::uint32_t> needs = reads;
    if (i > 0 && stage.streams_from != static_cast<std::uint32_t>(i - 1))
      needs.insert(static_cast<std::uint32_t>(i - 1));
    stage.needs.assign(needs.begin(), needs.end());
  }

  std::optional<std::uint32_t> baseline(std::size_t i, const PlannedStage& stage) const {
    if (stage.executor == "serial" || signatures_[i].empty()) return std::nullopt;
    for (std::size_t before = i; before-- > 0;)
      if (plan_.stages[before].executor == "serial" && signatures_[before] == signatures_[i])
        return static_cast<std::uint32_t>(before);
    return std::nullopt;
  }

  void take_stdin(const Node& node) {
    if (std::exchange(stdin_taken_, true))
      mistakes_.add(codes::kStdinTwice, place_of(document_.source, node),
                    "standard input can be read once, and it is read already",
                    {workflow_.file == "-" ? "the workflow itself comes from there; give it as a file"
                                           : "let one stage read it"});
  }

  /// A key of defaults.with that no stage takes; unless a task is unknown, which might have taken it.
  void check_defaults() {
    const Node* with = document_.defaults.with;
    const bool all_known =
        std::all_of(known_.begin(), known_.end(), [](const KnownStage& stage) { return stage.type != nullptr; });
    if (!with || !all_known || known_.empty()) return;
    for (const Node& key : with->keys)
      if (!defaults_taken_.contains(key.text))
        mistakes_.add(codes::kUnusedDefault, place_of(document_.source, key),
                      fmt::format("no stage's task has a parameter '{}', so this default is never used", key.text),
                      {"remove it, or look for a typing mistake in its name"});
  }

  const Workflow& workflow_;
  const Document& document_;
  PluginSource& plugins_;
  const PlanOptions& options_;
  Mistakes mistakes_;
  Settings settings_;
  std::vector<KnownStage> known_;
  std::vector<FoundTask> found_;
  std::set<std::string> defaults_taken_;
  AttemptRules default_rules_;
  bool stdin_taken_ = false;
  Plan plan_;
  std::vector<std::string> signatures_;          // as plan_.stages; empty: not comparable
  std::vector<std::set<std::uint32_t>> reads_;   // as plan_.stages
};

}  // namespace

Result<Plan> make_plan(const Workflow& workflow, PluginSource& plugins, const PlanOptions& options) {
  if (!workflow.document) return Error{codes::kEmptyFile, "there is no workflow: load or parse one first"};
  return Planner(workflow, plugins, options).make();
}

}  // namespace ropewalk
