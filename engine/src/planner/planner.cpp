#include "base/cycles.hpp"
#include "base/text.hpp"
#include "choices/attempt_bindings.hpp"
#include "choices/attempt_rules.hpp"
#include "choices/executor_choice.hpp"
#include "choices/limit_checks.hpp"
#include "expressions/binding.hpp"
#include "expressions/parsed_scalars.hpp"
#include "expressions/resolve_context.hpp"
#include "items/item_sources.hpp"
#include "planner/baselines.hpp"
#include "planner/environment.hpp"
#include "planner/file_defaults.hpp"
#include "planner/plan_secrets.hpp"
#include "planner/requirements.hpp"
#include "planner/settings.hpp"
#include "planner/stage_choice.hpp"
#include "planner/stage_definition.hpp"
#include "planner/stage_files.hpp"
#include "planner/stage_graph.hpp"
#include "planner/stage_outputs.hpp"
#include "planner/stage_parameters.hpp"
#include "planner/stage_waits.hpp"
#include "planner/task_lookup.hpp"
#include "planner/thread_counts.hpp"

#include <ropewalk/codes.hpp>
#include <ropewalk/plan.hpp>
#include <ropewalk/workflow.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <filesystem>
#include <map>
#include <set>
#include <string_view>
#include <utility>

namespace ropewalk {
namespace {

constexpr std::string_view kNoItem = "it belongs to the tasks of a stage";

/// Makes one plan. Stages are planned in the order of their graph, since each may read those that it waits for.
class Planner {
 public:
  Planner(const Workflow& workflow, PluginSource& plugins, const PlanOptions& options)
      : workflow_(workflow), document_(*workflow.document), plugins_(plugins), options_(options) {
    diagnostics_.add(workflow.diagnostics);
    plan_.now_unix_s = options.now_unix_s != 0 ? options.now_unix_s : unix_ns() / 1'000'000'000;
    for (const auto& file : document_.included) files_.push_back(file.get());
    files_.push_back(&document_);
    const bool piped = workflow.file == "-";
    const auto folder = piped ? std::filesystem::path() : workflow.file.parent_path();
    workflow_names_ = {workflow.name, workflow.file.string(), folder.empty() ? "." : folder.string(), plan_.now_unix_s};
    stdin_taken_ = workflow.file == "-";
  }

  Result<Plan> make() {
    settings_ = read_settings(document_, {options_.set, options_.set_files, options_.environment, options_.inputs},
                              diagnostics_, plan_.warnings);
    budget_ = Budget::of_plan(size_of_input());
    hide_secret_params(document_, settings_.values, workflow_.file, diagnostics_, plan_);
    for (const Document* file : files_)
      if (file->vars) vars_->add_all(*file->vars, names_in(*file, kNoItem));
    find_tasks();
    plan_early_end();
    const ExecutorOptions executors(options_.executors, options_.inputs, options_.stages.empty() ? known_ : all_,
                                    diagnostics_);
    for (const Document* file : files_) read_defaults(*file, executors);
    plan_stages(executors);
    for (const Document* file : files_) report_unused(*file, defaults_.at(file), diagnostics_);
    if (budget_.is_spent())
      report_costs(budget_, diagnostics_, document_.source.whole(), "this workflow", "it is too costly to plan");
    if (!diagnostics_.empty()) return diagnostics_.take();
    find_baselines(plan_.stages, signatures_);
    describe_plan();
    hide_secret_parameters(plan_, diagnostics_);
    mark_secret_stages(plan_);
    for (Error& warning : plan_.warnings) warning = diagnostics_.shown(std::move(warning));
    if (!diagnostics_.secrets().empty()) plan_.redaction = diagnostics_.shared_secrets();
    return std::move(plan_);
  }

 private:
  /// What ends a run before its tasks do.
  void plan_early_end() {
    if (const Node* deadline = document_.root.find("deadline"))
      plan_.deadline_ns = read_deadline(*deadline, names_in(document_, kNoItem));
    if (options_.deadline_ns != 0) plan_.deadline_ns = options_.deadline_ns;
    plan_.halt = options_.halt;
  }

  void read_defaults(const Document& file, const ExecutorOptions& executors) {
    const ResolveContext names = names_in(file, kNoItem);
    FileDefaults& of_file = defaults_[&file];
    of_file.rules = read_rules(file.defaults, names);
    check_placing_defaults(names, executors);
    read_environment(file.env, names, of_file.env);
    read_environment(file.defaults.env, names, of_file.env);
  }

  void plan_stages(const ExecutorOptions& executors) {
    const StageGraph graph(known_, parsed_, budget_, diagnostics_);
    plan_.stages.resize(known_.size());
    signatures_.resize(known_.size());
    for (const std::uint32_t stage : graph.order())
      if (!diagnostics_.is_long()) plan_stage(stage, executors, graph.waits(stage));
  }

  /// What the plan says of itself, and what others need to make it again.
  void describe_plan() {
    for (std::size_t i = 0; i < plan_.stages.size(); ++i)
      plan_.stages[i].definition = define_stage(*known_[i].file, *known_[i].form, known_[i].type);
    for (const KnownStage& stage : all_)
      if (!known_.find(stage.name)) plan_.unselected.emplace(stage.name);
    plan_.workflow = workflow_.name;
    // No file has the text of a spec: what continues the run reads it from the record, as if it were from stdin.
    plan_.file = document_.source.is_spec() ? "-" : workflow_.file;
    plan_.sources.push_back({plan_.file, std::string(document_.source.text())});
    for (const auto& included : document_.included)
      plan_.sources.push_back({included->file, std::string(included->source.text())});
    plan_.jobs = options_.jobs;
    plan_.steps = budget_.steps();
    plan_.bytes = budget_.bytes();
    plan_.parsed = parsed_.count();
    plan_.params = std::move(settings_.values);
  }

  /// The budget grows with the size of the workflow.
  std::uint64_t size_of_input() const {
    constexpr std::uint64_t kStage = 1024;
    std::uint64_t size = 0;
    for (const auto& [name, value] : settings_.values) size += footprint(value);
    for (const Document* file : files_) size += file->source.text().size() + kStage * file->stages.size();
    return size;
  }

  /// The context outside of any stage.
  ResolveContext names_in(const Document& file, std::string_view no_item) {
    ResolveContext names{file,    settings_.values, settings_.unknown, known_,  known_.size(), std::nullopt,
                         no_item, diagnostics_,     budget_,           parsed_, vars_.get()};
    names.workflow = &workflow_names_;
    return names;
  }
  ResolveContext names_at(std::size_t stage, std::string_view no_item) {
    ResolveContext names = names_in(*known_[stage].file, no_item);
    names.here = stage;
    return names;
  }

  /// From where relative names of the file's plugins start.
  static std::filesystem::path folder_of(const Document& file) {
    return file.file == "-" ? std::filesystem::path() : file.file.parent_path();
  }

  /// A path that is known before anything runs. Empty: it is not, or a diagnostic was reported.
  std::filesystem::path path_before_run(const Document& file, const Node& node, const std::string& what) {
    const auto binding = Binding::compile(node, {Type::path, Type::any}, what, names_in(file, kNoItem));
    if (!binding || binding->is_unknown() || !binding->is_constant()) return {};
    return *binding->constant().as_string();
  }

  /// What `plugins` says: folders relative to their file, first those of the file that is run, and the longest time.
  PluginRequest request_for_plugins() {
    PluginRequest request;
    const auto add = [&](const Document& file) {
      for (const Node* node : file.plugin_paths)
        if (const auto folder = path_before_run(file, *node, "a folder of 'path'"); !folder.empty())
          request.folders.push_back(folder_of(file) / folder);
      if (file.load_timeout)
        request.load_timeout =
            std::max(request.load_timeout,
                     std::chrono::nanoseconds(read_load_timeout(*file.load_timeout, names_in(file, kNoItem))));
    };
    add(document_);
    for (const auto& file : document_.included) add(*file);
    return request;
  }

  /// Of a plugin in Python: a name, or a path relative to the file that names it. Empty: nothing is said.
  std::filesystem::path interpreter_of(const Document& file, const StageForm& form) {
    const Node* const node = form.python ? form.python : file.defaults.python;
    if (!node) return {};
    const auto [known, is_new] = interpreters_.try_emplace(node);
    if (!is_new) return known->second;
    std::filesystem::path& python = known->second = path_before_run(file, *node, "'python'");
    const bool is_name = python.native().find('/') == std::string::npos;
    if (!is_name) python = std::filesystem::absolute(folder_of(file) / python);
    return python;
  }

  /// A stage says `python`, and its plugin is a shared library.
  void check_interpreter(const Document& file, const StageForm& form, const FoundTask& found) {
    if (!form.python || !found.plugin || !found.plugin->interpreter.empty()) return;
    diagnostics_.add(codes::kPythonForLibrary, place_of(file.source, *form.python),
                     fmt::format("'python' is for plugins in Python, and '{}' is a shared library", found.plugin->name),
                     {"remove 'python'"});
  }

  void find_tasks() {
    const PluginRequest request = request_for_plugins();
    if (!options_.stages.empty()) choose_stages(request);
    TaskLookup lookup(plugins_, request, diagnostics_);
    for (const Document* file : files_)
      for (const StageForm& form : file->stages) {
        if (!options_.stages.empty() && !chosen_.contains(&form)) {
          defaults_[file].complete = false;
          continue;
        }
        // Plugins are searched in folders.
        FoundTask found = form.task && !diagnostics_.is_long()
                              ? lookup.find(file->source, *form.task, interpreter_of(*file, form))
                              : FoundTask();
        check_interpreter(*file, form, found);
        if (!found.plugin) defaults_[file].complete = false;
        known_.add(known_stage(*file, form, found));
        found_.push_back(std::move(found));
      }
    for (const Document* file : files_) check_requirements(*file, lookup, diagnostics_);
  }

  /// Errors of the other stages are not reported, because their plugins may be missing.
  void choose_stages(const PluginRequest& request) {
    Diagnostics unheard;
    TaskLookup lookup(plugins_, request, unheard);
    for (const Document* file : files_)
      for (const StageForm& form : file->stages)
        all_.add(known_stage(
            *file, form, form.task ? lookup.find(file->source, *form.task, interpreter_of(*file, form)) : FoundTask()));
    Budget budget = Budget::of_plan(0);
    const StageGraph graph(all_, parsed_, budget, unheard);
    for (const std::uint32_t stage :
         stages_with_what_they_need(options_.stages, all_, graph, options_.inputs, diagnostics_))
      chosen_.insert(all_[stage].form);
  }

  static KnownStage known_stage(const Document& file, const StageForm& form, const FoundTask& found) {
    KnownStage known;
    if (form.name) known.name = form.name->text;
    if (found.plugin) known.type = &found.plugin->task_types[found.type];
    if (form.task) known.task = form.task->text;
    known.fans_out = form.fan_out != FanOut::none;
    known.file = &file;
    known.form = &form;
    return known;
  }

  /// The order matters: what an expression may read depends on what is planned before it.
  void plan_stage(std::uint32_t i, const ExecutorOptions& executors, const std::vector<StageGraph::Wait>& waits) {
    const StageForm& form = *known_[i].form;
    const Source& source = known_[i].file->source;
    FileDefaults& of_file = defaults_.at(known_[i].file);
    const TaskDescription* type = known_[i].type;
    PlannedStage& stage = plan_.stages[i];
    name_stage(i, stage);

    const std::string no_foreach = fmt::format("stage '{}' has no 'foreach'", stage.name);
    ResolveContext names = names_at(i, kNoItem);
    const auto of_attempts = std::make_shared<AttemptBindings>();
    plan_environment(i, names, stage.env, *of_attempts);
    names.no_item = "a 'foreach' makes the items";
    names.environment = &stage.env;
    const auto items = compile_items(form, names);
    names.no_item = no_foreach;
    if (form.fan_out != FanOut::none) names.item = items ? items->item : StaticType{};
    bool reads_item = false;
    names.reads_item = &reads_item;
    const std::shared_ptr<StageVars> vars = form.vars ? std::make_shared<StageVars>(vars_) : vars_;
    names.vars = vars.get();
    plan_vars(i, names, *vars);
    const auto parameters = compile_parameters(form, type, stage.task, with_attempts(names), vars, of_file.taken);
    plan_files(i, names, vars, stage);
    plan_outputs(i, names, vars, stage);
    if (items && type && !reads_item) warn_of_unused_items(form, *type, source, stage.name);
    names.reads_item = nullptr;
    names.item.reset();
    names.no_item = kNoItem;
    plan_condition(form, names, stage);
    report_results(i, form, stage);
    take_rules(read_rules(form, with_attempts(names), of_file.rules, of_attempts.get()), stage);
    if (!of_attempts->is_empty()) stage.by_attempt = of_attempts;
    stage.inputs = compile_file_check(form, names);
    const ChosenBy chosen = place_stage(form, type, stage.task, names, options_, executors, stage, plan_.warnings);
    check_holding(form, stage, chosen, names, options_.inputs, plan_.warnings);
    if (stage.cores != 0) add_thread_counts(stage.cores, stage.env);

    if (items && items->reads_stdin) take_stdin(*form.items, source);
    set_waits(form, waits, names, stage);
    if (items) take_items(*items, stage);
    if (parameters) use_results(parameters->reads());
    if (items && parameters)
      signatures_[i] = fmt::format("{}\n{}\n{}\n{}", stage.task, items->signature, parameters->signature(),
                                   signature_of(stage.env) + vars->signature());
    stage.parameters = parameters;
  }

  void name_stage(std::uint32_t i, PlannedStage& stage) const {
    const StageForm& form = *known_[i].form;
    const Source& source = known_[i].file->source;
    stage.name = known_[i].name;
    stage.task = known_[i].task;
    stage.finally = form.finally;
    stage.place = place_of(source, form.name ? *form.name : *form.node);
    if (source.is_spec()) stage.place.line = 0;
    stage.plugin = found_[i].plugin;
    stage.task_type = found_[i].type;
  }

  /// Each stage has its own copy of the environment of its file, to which it adds.
  void plan_environment(std::uint32_t i, const ResolveContext& names, Environment& env, AttemptBindings& of_attempts) {
    const Document& file = *known_[i].file;
    const Environment& of_file = defaults_.at(&file).env;
    const Node* node = file.env ? file.env : file.defaults.env;
    if (of_file.empty() || pay(names, *node, weight_of(of_file), "'env' for stage after stage")) env = of_file;
    read_environment(known_[i].form->env, with_attempts(names), env, &of_attempts);
  }

  void plan_vars(std::uint32_t i, const ResolveContext& names, StageVars& vars) {
    const Node* own = known_[i].form->vars;
    if (own != nullptr && pay_if_shared(own, known_[i].file->defaults.vars, names, 1, "'vars' for stage after stage"))
      vars.add_all(*own, names);
  }

  void plan_files(std::uint32_t i, const ResolveContext& names, const std::shared_ptr<StageVars>& vars,
                  PlannedStage& stage) {
    const StageForm& form = *known_[i].form;
    const StageKeys& defaults = known_[i].file->defaults;
    const std::string_view files = "files for stage after stage";
    const bool reads = pay_if_shared(form.reads, defaults.reads, names, 1, files);
    const bool writes = pay_if_shared(form.writes, defaults.writes, names, 1, files);
    if (reads && writes) stage.files = compile_files(form, names, vars);
    if (stage.files) use_results(stage.files->reads());
  }

  /// Outputs alone read the result of their task.
  void plan_outputs(std::uint32_t i, ResolveContext names, const std::shared_ptr<StageVars>& vars,
                    PlannedStage& stage) {
    const StageForm& form = *known_[i].form;
    const TaskDescription* type = known_[i].type;
    names.result = StaticType{{Type::map, Type::any}, type ? &type->results : nullptr, true, stage.task};
    if (pay_if_shared(form.outputs, known_[i].file->defaults.outputs, names, 3, "'outputs' for stage after stage"))
      stage.outputs = compile_outputs(form, type, stage.task, names, vars);
  }

  void plan_condition(const StageForm& form, const ResolveContext& names, PlannedStage& stage) {
    const CompiledCondition condition = compile_condition(form, names);
    stage.condition = condition.condition;
    stage.condition_reads.assign(condition.reads.begin(), condition.reads.end());
    use_results(condition.reads);
  }

  void take_items(const CompiledItems& items, PlannedStage& stage) {
    stage.items = items.items;
    stage.items_read.assign(items.reads.begin(), items.reads.end());
    stage.streams_from = items.streams_from;
    use_results(items.reads);
    if (stage.streams_from) plan_.stages[*stage.streams_from].results_used = true;
  }

  /// A value of 'defaults' is compiled for each stage, so each stage pays for it. false: the budget is spent.
  static bool pay_if_shared(const Node* value, const Node* shared, const ResolveContext& names, std::size_t times,
                            std::string_view what) {
    return value == nullptr || value != shared || pay(names, *value, times * compiled_size(*value), what);
  }

  /// A range may only repeat a task, and a task without parameters cannot use an item.
  void warn_of_unused_items(const StageForm& form, const TaskDescription& type, const Source& source,
                            std::string_view name) {
    if (form.fan_out == FanOut::none || form.fan_out == FanOut::range || type.params.empty()) return;
    plan_.warnings.push_back(
        Error{codes::kUnusedItems,
              fmt::format("no expression of stage '{}' reads its item, so all of its tasks do the same", name),
              place_of(source, *form.items),
              {"write ${{ item }} where the item belongs, or foreach: {range: N} to repeat a task"}});
  }

  static std::size_t weight_of(const Environment& env) {
    std::size_t weight = 0;
    for (const auto& [name, value] : env) weight += 4 * sizeof name + name.size() + value.size();
    return weight;
  }

  /// The fields of its results that others can read; nothing if its outputs are invalid.
  void report_results(std::uint32_t i, const StageForm& form, const PlannedStage& stage) {
    const TaskDescription* type = known_[i].type;
    if (!type || (form.outputs && !stage.outputs)) return;
    if (!stage.outputs) return known_.set_results(i, &type->results);
    std::vector<Field>& all = results_.emplace_back(type->results);
    all.insert(all.end(), stage.outputs->fields().begin(), stage.outputs->fields().end());
    known_.set_results(i, &all);
  }

  void use_results(const std::set<std::uint32_t>& stages) {
    for (const std::uint32_t stage : stages) plan_.stages[stage].results_used = true;
  }

  /// For keys that may differ from attempt to attempt.
  static ResolveContext with_attempts(ResolveContext names) {
    names.no_attempt = {};
    return names;
  }

  static void take_rules(const AttemptRules& rules, PlannedStage& stage) {
    stage.timeout_ns = rules.timeout_ns;
    stage.deadline_ns = rules.deadline_ns;
    stage.retries = rules.retries;
    stage.limits = rules.limits;
  }

  void take_stdin(const Node& node, const Source& source) {
    if (std::exchange(stdin_taken_, true))
      diagnostics_.add(codes::kStdinTwice, place_of(source, node),
                       "standard input can be read once, and it is read already",
                       {workflow_.file == "-" ? "the workflow itself comes from there; give it as a file"
                                              : "let one stage read it"});
  }

  const Workflow& workflow_;
  const Document& document_;
  PluginSource& plugins_;
  const PlanOptions& options_;
  Diagnostics diagnostics_;
  Settings settings_;
  const std::shared_ptr<StageVars> vars_ = std::make_shared<StageVars>();  // of the workflow
  WorkflowNames workflow_names_;
  Budget budget_ = Budget::of_plan(0);
  ParsedScalars parsed_;
  KnownStages known_;
  KnownStages all_;                         // if only some stages are requested
  std::set<const StageForm*> chosen_;       // of those
  std::deque<std::vector<Field>> results_;  // of stages with outputs
  std::vector<FoundTask> found_;
  std::map<const Node*, std::filesystem::path> interpreters_;  // by the value of `python`
  std::vector<const Document*> files_;                         // in the order of their stages
  std::map<const Document*, FileDefaults> defaults_;
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
