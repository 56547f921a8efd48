#include "workflow_schema.hpp"

#include "choices/choices.hpp"
#include "plan/executor_table.hpp"
#include "schema_forms.hpp"
#include "workflow/key_tables.hpp"
#include "workflow/scalar.hpp"

namespace ropewalk::cli {
namespace {

using namespace forms;

/// A condition: the key has one of these values.
Json where(const char* key, Json values, Json then) {
  Json says{{"required", Json::array({key})}, {"properties", {{key, {{"enum", std::move(values)}}}}}};
  return {{"if", std::move(says)}, {"then", std::move(then)}};
}
Json property(const char* key, Json form) { return {{"properties", {{key, std::move(form)}}}}; }
Json with_keys(std::initializer_list<const char*> names) { return {{"required", Json(names)}}; }

class Schema {
 public:
  explicit Schema(const std::vector<std::shared_ptr<const Plugin>>& plugins) : plugins_(plugins) {}

  Json make() const {
    Json schema{
        {"$schema", "https://json-schema.org/draft/2020-12/schema"},
        {"title", "A workflow of Ropewalk"},
        {"description", "Version 1 of the language. `ropewalk validate` checks also what a schema cannot say."}};
    schema.update(map_with(workflow_keys(), top()));
    schema["required"] = {"ropewalk"};
    schema["anyOf"] = {with_keys({"stages"}), with_keys({"include"})};
    // A key that a stage lacks may be in the defaults of all stages.
    schema["allOf"] = {unless_default("task", with_keys({"task"})), unless_default("with", defined("complete_stage"))};
    Json& definitions = schema["$defs"] = value_definitions();
    definitions["task"] = task();
    definitions["foreach"] = foreach ();
    definitions["stage"] = stage();
    definitions["complete_stage"] = complete_stage();
    definitions["defaults"] = map_with(defaults_keys(), shared());
    definitions["param"] = param();
    return schema;
  }

 private:
  static Json top() {
    const Json required{{"ropewalk", version_range()}, {"plugins", map_of_names(version_range())}};
    return {{"ropewalk", {{"const", 1}}},
            {"name", defined("constant_text")},
            {"description", defined("constant_text")},
            {"requires", map_with(requires_keys(), required)},
            {"plugins",
             map_with(plugins_keys(), {{"path", list_of(defined("text"))}, {"load_timeout", of_type(Type::duration)}})},
            {"include", list_of(defined("constant_text"))},
            {"params", map_of_names(defined("param"))},
            {"vars", map_of_names(defined("value"))},
            {"env", map_of_variables(defined("text"))},
            {"deadline", of_type(Type::duration)},
            {"defaults", defined("defaults")},
            {"stages", {{"type", "array"}, {"minItems", 1}, {"items", defined("stage")}}}};
  }

  static Json each_required(const std::vector<std::string>& names) {
    Json all = Json::array();
    for (const std::string& name : names) all.push_back({{"required", Json::array({name})}});
    return all;
  }

  static Json unless_default(const char* key, Json of_stage) {
    Json says{{"required", {"defaults"}}, {"properties", {{"defaults", with_keys({key})}}}};
    return {{"if", {{"not", std::move(says)}}}, {"then", property("stages", {{"items", std::move(of_stage)}})}};
  }

  Json stage() const {
    Json keys = shared();
    keys.update({{"name", name()},
                 {"foreach", defined("foreach")},
                 {"needs", {{"type", "array"}, {"items", name()}, {"uniqueItems", true}}},
                 {"after", choice(names_of(after_words()))},
                 {"if", of_type(Type::boolean)},
                 {"finally", constant_of_type(Type::boolean)}});
    Json form = map_with(stage_keys(), keys), rules = Json::array();
    form["required"] = {"name"};
    each_type([&](const std::string& task, const TaskDescription& type) {
      rules.push_back(where("task", {task}, property("with", parameters(type))));
      for (const std::vector<std::string>& group : type.exactly_one)  // at most one; complete_stage() asks for one
        rules.push_back(where("task", {task},
                              property("with", any_of({{{"oneOf", each_required(group)}},
                                                       {{"not", {{"anyOf", each_required(group)}}}}}))));
    });
    rules.push_back(where("executor", executors([](const ExecutorKind& each) { return !each.parallel; }),
                          property("workers", false)));
    rules.push_back(where("executor", executors([](const ExecutorKind& each) { return !each.takes_per_host; }),
                          property("per_host", false)));
    rules.push_back(where("executor", executors([](const ExecutorKind& each) { return !runs_in_turn(each, 1); }),
                          property("drift", false)));
    form["allOf"] = std::move(rules);
    return form;
  }

  /// The names of executors that satisfy `are`, in the order of the language.
  template <class Are>
  static Json executors(const Are& are) {
    Json names = Json::array();
    for (const std::string& name : executor_names())
      if (are(*find_executor(name))) names.push_back(name);
    return names;
  }

  /// A stage with all required parameters of its task.
  Json complete_stage() const {
    Json rules = Json::array({true});
    each_type([&](const std::string& task, const TaskDescription& type) {
      Json required = Json::array(), groups = Json::array();
      for (const Field& field : type.params)
        if (field.required && !field.default_value) required.push_back(field.name);
      for (const std::vector<std::string>& group : type.exactly_one)
        groups.push_back({{"anyOf", each_required(group)}});
      if (required.empty() && groups.empty()) return;
      Json with = {{"required", std::move(required)}}, then = with_keys({"with"});
      if (!groups.empty()) with["allOf"] = std::move(groups);
      then.update(property("with", std::move(with)));
      rules.push_back(where("task", {task}, std::move(then)));
    });
    return {{"allOf", std::move(rules)}};
  }

  /// The keys that `defaults` and stages have in common.
  static Json shared() {
    const Json count =
        or_expression(any_of({{{"type", "integer"}, {"minimum", 1}, {"maximum", kMaxWorkers}}, {{"const", "auto"}}}));
    const Json cores = or_expression({{"type", "integer"}, {"minimum", 1}, {"maximum", kMaxWorkers}});
    const Json tries = or_expression({{"type", "integer"}, {"minimum", 0}, {"maximum", kMaxRetries}});
    const Json code = or_expression({{"type", "integer"}, {"minimum", 0}, {"maximum", 255}});
    Json exits =
        map_with(failure_keys(), {{"exit", any_of({code, {{"type", "array"}, {"minItems", 1}, {"items", code}}})}});
    exits["required"] = {"exit"};
    const Json part = matching("^([1-9][0-9]?|100)%$"),
               some{{"type", "integer"}, {"minimum", 1}, {"maximum", 1000000000}};
    Json stops = map_with(on_error_keys(), {{"stop_after", any_of({some, part, matching(R"(\$\{\{)")})}});
    stops["required"] = {"stop_after"};
    const Json kind = choice(names_of(retry_kind_words()));
    const Json failures = any_of({kind, exits, {{"type", "array"}, {"minItems", 1}, {"items", any_of({kind, exits})}}});
    const Json duration = of_type(Type::duration), size = of_type(Type::size);
    const Json retries{{"max", tries},
                       {"delay", duration},
                       {"backoff", or_expression({{"type", "number"}, {"minimum", 1}, {"maximum", kMaxBackoff}})},
                       {"max_delay", duration},
                       {"jitter", or_expression({{"type", "number"}, {"minimum", 0}, {"maximum", 1}})},
                       {"when", failures},
                       {"unless", failures}};
    return {{"task", defined("task")},
            {"executor", choice(executor_names())},
            {"workers", count},
            {"per_host", count},
            {"on_error", any_of({choice(names_of(on_error_words())), stops})},
            {"drift", choice(names_of(drift_words()))},
            {"python", defined("text")},
            {"cores", cores},
            {"timeout", duration},
            {"deadline", duration},
            {"retries", any_of({tries, map_with(retries_keys(), retries)})},
            {"limits",
             map_with(limits_keys(), {{"memory", size}, {"cpu_time", duration}, {"files", size}, {"output", size}})},
            {"env", map_of_variables(defined("text"))},
            {"vars", map_of_names(defined("value"))},
            {"with", {{"type", "object"}, {"additionalProperties", defined("value")}}},
            {"outputs", map_of_names(defined("value"))},
            {"reads", or_expression(list_of(defined("text")))},
            {"writes", or_expression(list_of(defined("text")))},
            {"inputs", choice(names_of(file_check_words()))}};
  }

  /// A task type of an available plugin, or of another one.
  Json task() const {
    std::string known;
    for (const auto& plugin : plugins_) known += (known.empty() ? "" : "|") + plugin->name;
    Json names = Json::array();
    each_type([&](const std::string& task, const TaskDescription&) { names.push_back(task); });
    const std::string another = known.empty() ? "" : "(?!(" + known + ")\\.)";
    return any_of({{{"enum", std::move(names)}}, matching("^" + another + R"([a-z][a-z0-9_-]*\.[a-z][a-z0-9_-]*$)")});
  }

  static Json foreach () {
    const Json whole = of_type(Type::integer), text = defined("text");
    const Json maps = list_of({{"type", "object"}, {"additionalProperties", defined("value")}});
    const Json step = or_expression({{"type", "integer"}, {"not", {{"const", 0}}}});
    Json range = map_with(range_keys(), {{"from", whole}, {"to", whole}, {"step", step}});
    range["required"] = {"to"};
    const Json end = any_of({{{"type", "string"}, {"pattern", "^[^\\u0080-\\uffff]$"}, {"maxLength", 1}},
                             {{"type", "integer"}, {"minimum", 0}, {"maximum", 9}},
                             defined("expression")});
    Json lines = map_with(lines_keys(), {{"file", text}, {"end", end}});
    lines["required"] = {"file"};
    Json blocks = map_with(blocks_keys(), {{"file", text},
                                           {"size", of_type(Type::size)},
                                           {"lines", or_expression({{"type", "integer"}, {"minimum", 1}})},
                                           {"end", end}});
    blocks["required"] = {"file"};
    const Json patterns = any_of({text, {{"type", "array"}, {"minItems", 1}, {"items", text}}});
    Json axes = map_of_names(of_type(Type::list));
    axes["minProperties"] = 1;
    Json form = map_with(foreach_keys(),
                         {{"list", of_type(Type::list)},
                          {"range", any_of({or_expression({{"type", "integer"}, {"minimum", 0}}), range})},
                          {"glob", patterns},
                          {"lines", any_of({text, lines})},
                          {"jsonl", text},
                          {"blocks", any_of({text, blocks})},
                          {"matrix", axes},
                          {"zip", axes},
                          {"exclude", any_of({patterns, maps})},
                          {"include", maps},
                          {"results", name()},
                          {"in", text},
                          {"where", or_expression({{"type", "boolean"}})},
                          {"shuffle", whole},
                          {"batch", or_expression({{"type", "integer"}, {"minimum", 1}, {"maximum", 1000000}})}});
    // One source of items, with the keys that belong to it.
    const auto source = [](const char* key, std::vector<std::string> beside) {
      beside.emplace_back(key);
      return Json{{"required", {key}}, {"propertyNames", {{"enum", std::move(beside)}}}};
    };
    Json sources = Json::array({source("results", {})});
    for (const char* key : {"list", "range", "lines", "jsonl", "blocks", "zip"})
      sources.push_back(source(key, {"where", "shuffle", "batch"}));
    Json of_glob = source("glob", {"exclude", "in", "where", "shuffle", "batch"}),
         of_matrix = source("matrix", {"exclude", "include", "where", "shuffle", "batch"});
    of_glob["properties"] = {{"exclude", patterns}};
    of_matrix["properties"] = {{"exclude", maps}};
    sources.push_back(std::move(of_glob));
    sources.push_back(std::move(of_matrix));
    form["anyOf"] = std::move(sources);
    return any_of({list_of(defined("value")), defined("expression"), form});
  }

  /// A default value, or a declaration.
  static Json param() {
    Json rules = Json::array();
    for (const std::string& name : type_names()) {
      const Type type = *type_by_name(name);
      const Json constant = constant_of_type(type);
      const bool counts = type == Type::integer || type == Type::real || type == Type::duration || type == Type::size;
      const bool holds = type == Type::list || type == Type::map;
      Json keys{
          {"default", constant}, {"min", counts ? constant : Json(false)}, {"max", counts ? constant : Json(false)}};
      if (!holds) keys.update({{"of", false}, {"choices", list_of(constant)}});
      rules.push_back(where("type", {name}, {{"properties", std::move(keys)}}));
    }
    const Json type{{"enum", type_names()}}, constant = defined("constant");
    Json declaration = map_with(param_keys(), {{"type", type},
                                               {"of", type},
                                               {"default", constant},
                                               {"min", constant},
                                               {"max", constant},
                                               {"choices", list_of(constant)},
                                               {"help", defined("constant_text")},
                                               {"secret", {{"type", "boolean"}}}});
    declaration["anyOf"] = {with_keys({"type"}), with_keys({"default"})};
    declaration["allOf"] = std::move(rules);
    return any_of({defined("constant_text"), list_of(constant), std::move(declaration)});
  }

  /// With the full name, as in a workflow: "file.checksum".
  template <class Visit>
  void each_type(const Visit& visit) const {
    for (const auto& plugin : plugins_)
      for (const TaskDescription& type : plugin->task_types) visit(plugin->name + "." + type.name, type);
  }

  const std::vector<std::shared_ptr<const Plugin>>& plugins_;
};

}  // namespace

std::string workflow_schema(const std::vector<std::shared_ptr<const Plugin>>& plugins) {
  return Schema(plugins).make().dump(2) + "\n";
}

}  // namespace ropewalk::cli
