#include "base/suggest.hpp"
#include "base/text.hpp"
#include "plan/attempt_rules.hpp"
#include "plan/holding.hpp"
#include "plan/item_sources.hpp"
#include "plan/names.hpp"
#include "plan/placing.hpp"
#include "plan/requirements.hpp"
#include "plan/settings.hpp"
#include "plan/stage_graph.hpp"
#include "plan/stage_parameters.hpp"
#include "plan/task_lookup.hpp"

#include <ropewalk/codes.hpp>
#include <ropewalk/plan.hpp>
#include <ropewalk/workflow.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace ropewalk {
namespace {

constexpr std::string_view kNoItem = "it belongs to the tasks of a stage";

/// Makes one plan. Stages are planned in the order of their graph, since each may read those that it waits for.
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
    const StageGraph graph(known_, mistakes_);
    plan_.stages.resize(known_.size());
    signatures_.resize(known_.size());
    for (const std::uint32_t stage : graph.order()) plan_stage(stage, executors, graph.waits(stage));
    check_defaults();
    if (!mistakes_.empty()) return Errors(mistakes_.take());
    find_baselines();
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
    TaskLookup lookup(plugins_, plugin_folders(), mistakes_);
    for (const StageForm& form : document_.stages) {
      FoundTask found;
      if (form.task) found = lookup.find(document_.source, *form.task);
      KnownStage known;
      if (form.name) known.name = form.name->text;
      if (found.plugin) known.type = &found.plugin->task_types[found.type];
      if (form.task) known.task = form.task->text;
      known.fans_out = form.fan_out != FanOut::none;
      known.file = &document_;
      known.form = &form;
      known_.add(known);
      found_.push_back(std::move(found));
    }
    check_requirements(document_, lookup, mistakes_);
  }

  void plan_stage(std::uint32_t i, const ExecutorOptions& executors, const std::vector<StageGraph::Wait>& waits) {
    const StageForm& form = *known_[i].form;
    const TaskType* type = known_[i].type;
    PlannedStage& stage = plan_.stages[i];
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
    connect(form, waits, names, stage);
    if (items) {
      stage.items = items->items;
      stage.streams_from = items->streams_from;
      use_results(items->reads);
      if (stage.streams_from) plan_.stages[*stage.streams_from].results_used = true;
    }
    if (parameters) use_results(parameters->reads());
    if (items && parameters)
      signatures_[i] = fmt::format("{}\n{}\n{}", stage.task, items->signature, parameters->signature());
    stage.parameters = parameters;
  }

  void use_results(const std::set<std::uint32_t>& stages) {
    for (const std::uint32_t stage : stages) plan_.stages[stage].results_used = true;
  }

  static void take_rules(const AttemptRules& rules, PlannedStage& stage) {
    stage.timeout_ns = rules.timeout_ns;
    stage.retries = rules.retries;
    stage.limits = rules.limits;
  }

  /// What must have ended before the stage starts. Whether a stage has failed is known at its end, so `after: failure`
  /// waits even for the one that it streams from.
  void connect(const StageForm& form, const std::vector<StageGraph::Wait>& waits, const Names& names,
               PlannedStage& stage) {
    stage.after = after_of(form, names);
    for (const StageGraph::Wait& wait : waits)
      if (wait.whole || stage.after == After::failure) stage.needs.push_back(wait.on);
    std::sort(stage.needs.begin(), stage.needs.end());
    if (stage.after == After::failure && stage.needs.empty())
      mistakes_.add(codes::kNothingToWaitFor, place_of(document_.source, *form.after),
                    fmt::format("stage '{}' runs after a failure, but it waits for no other stage", stage.name),
                    {"name the stages that may fail under 'needs'"});
  }

  After after_of(const StageForm& form, const Names& names) {
    static const std::vector<std::string> kWords = {"success", "failure", "any"};
    if (!form.after) return After::success;
    const auto text = Binding::known(*form.after, {Type::text, Type::any}, "'after'", names);
    if (!text) return After::success;
    const auto found = std::find(kWords.begin(), kWords.end(), *text->as_text());
    if (found != kWords.end()) return static_cast<After>(found - kWords.begin());
    mistakes_.add(codes::kNotAChoice, place_of(document_.source, *form.after),
                  fmt::format("'after' is one of success, failure, any, not '{}'{}",
                              escape_for_display(*text->as_text()), did_you_mean(*text->as_text(), kWords)));
    return After::success;
  }

  /// Of each stage the nearest serial one before it in the file that does the same.
  void find_baselines() {
    std::unordered_map<std::string_view, std::uint32_t> serial;
    for (std::uint32_t i = 0; i < plan_.stages.size(); ++i) {
      if (signatures_[i].empty()) continue;
      if (plan_.stages[i].executor == "serial") serial[signatures_[i]] = i;
      else if (const auto found = serial.find(signatures_[i]); found != serial.end())
        plan_.stages[i].baseline = found->second;
    }
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
    if (!with || !all_known || known_.size() == 0) return;
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
  KnownStages known_;
  std::vector<FoundTask> found_;
  std::set<std::string> defaults_taken_;
  AttemptRules default_rules_;
  bool stdin_taken_ = false;
  Plan plan_;
  std::vector<std::string> signatures_;  // as plan_.stages; empty: not comparable
};

}  // namespace

Result<Plan> make_plan(const Workflow& workflow, PluginSource& plugins, const PlanOptions& options) {
  if (!workflow.document) return Error{codes::kEmptyFile, "there is no workflow: load or parse one first"};
  return Planner(workflow, plugins, options).make();
}

}  // namespace ropewalk
