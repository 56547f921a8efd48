// A document back to the spec that describes it.

#include <ropewalk/workflow_spec.hpp>

#include "workflow/document.hpp"
#include "workflow/scalar.hpp"

#include <ropewalk/codes.hpp>

#include <utility>

namespace ropewalk {
namespace {

SpecValue value_of(const Node* node);

SpecList list_of(const Node* node) {
  if (node == nullptr) return {};
  SpecList list = SpecList::none();
  for (const Node& child : node->children) list.add(value_of(&child));
  return list;
}

SpecMap map_of(const Node* node) {
  if (node == nullptr) return {};
  SpecMap map = SpecMap::none();
  for (std::size_t i = 0; i < node->children.size(); ++i) map.add(node->keys[i].text, value_of(&node->children[i]));
  return map;
}

/// A scalar without quotes is a constant or text where every declared type reads it so; otherwise it stays as written.
SpecValue value_of_scalar(const Node& node) {
  if (node.is_quoted() || node.text.find("${{") != std::string::npos) return node.text;
  auto read = read_scalar(node.text, Type::any, false).value;
  if (!read) return SpecValue::plain(node.text);
  return read->as_text() ? SpecValue(node.text) : SpecValue(*read);
}

SpecValue value_of(const Node* node) {
  if (node == nullptr) return {};
  if (node->is_scalar()) return value_of_scalar(*node);
  if (node->is_list()) return list_of(node);
  if (node->is_map()) return map_of(node);
  return Value();
}

std::string text_of(const Node* node) { return node == nullptr ? std::string() : node->text; }

RetriesSpec retries_of(const Node* node) {
  if (node == nullptr) return {};
  if (!node->is_map()) return {.max = value_of(node)};
  return {.max = value_of(node->find("max")),
          .delay = value_of(node->find("delay")),
          .backoff = value_of(node->find("backoff")),
          .max_delay = value_of(node->find("max_delay")),
          .jitter = value_of(node->find("jitter")),
          .when = value_of(node->find("when")),
          .given = node->children.empty()};
}

LimitsSpec limits_of(const Node* node) {
  if (node == nullptr) return {};
  return {.memory = value_of(node->find("memory")),
          .cpu_time = value_of(node->find("cpu_time")),
          .files = value_of(node->find("files")),
          .output = value_of(node->find("output")),
          .given = node->children.empty()};
}

RangeSpec range_of(const Node* node) {
  if (node == nullptr) return {};
  if (!node->is_map()) return {.count = value_of(node)};
  return {.from = value_of(node->find("from")), .to = value_of(node->find("to")), .step = value_of(node->find("step"))};
}

LinesSpec lines_of(const Node* node) {
  if (node == nullptr) return {};
  if (!node->is_map()) return {.file = value_of(node)};
  return {.file = value_of(node->find("file")), .end = value_of(node->find("end"))};
}

ForeachSpec foreach_of(const Node* node) {
  if (node == nullptr) return {};
  if (!node->is_map()) return {.list = value_of(node)};
  return {.range = range_of(node->find("range")),
          .glob = value_of(node->find("glob")),
          .lines = lines_of(node->find("lines")),
          .jsonl = value_of(node->find("jsonl")),
          .matrix = map_of(node->find("matrix")),
          .exclude = value_of(node->find("exclude")),
          .include = list_of(node->find("include")),
          .results = value_of(node->find("results"))};
}

ParamSpec param_of(const Node& key, const Node& node) {
  if (!node.is_map()) return {.name = key.text, .default_value = value_of(&node)};
  const auto type = [&](const char* name) {
    const Node* written = node.find(name);
    return written ? type_by_name(written->text) : std::nullopt;
  };
  const Node* secret = node.find("secret");
  return {.name = key.text,
          .type = type("type"),
          .of = type("of"),
          .default_value = value_of(node.find("default")),
          .min = value_of(node.find("min")),
          .max = value_of(node.find("max")),
          .choices = list_of(node.find("choices")),
          .help = text_of(node.find("help")),
          .secret = secret != nullptr && secret->text == "true"};
}

/// The keys that `defaults` and a stage share.
template <class Keys>
void read_shared(const Node& node, Keys& keys) {
  keys.task = text_of(node.find("task"));
  keys.executor = value_of(node.find("executor"));
  keys.workers = value_of(node.find("workers"));
  keys.per_host = value_of(node.find("per_host"));
  keys.with = map_of(node.find("with"));
  keys.outputs = map_of(node.find("outputs"));
  keys.retries = retries_of(node.find("retries"));
  keys.timeout = value_of(node.find("timeout"));
  keys.limits = limits_of(node.find("limits"));
  keys.on_error = value_of(node.find("on_error"));
  keys.drift = value_of(node.find("drift"));
  keys.env = map_of(node.find("env"));
  keys.vars = map_of(node.find("vars"));
  keys.reads = value_of(node.find("reads"));
  keys.writes = value_of(node.find("writes"));
  keys.inputs = value_of(node.find("inputs"));
}

StageSpec stage_of(const Node& node) {
  StageSpec stage{.name = text_of(node.find("name"))};
  read_shared(node, stage);
  stage.foreach = foreach_of(node.find("foreach"));
  stage.needs = list_of(node.find("needs"));
  stage.after = value_of(node.find("after"));
  stage.condition = value_of(node.find("if"));
  return stage;
}

}  // namespace

Result<WorkflowSpec> spec_of(const Workflow& workflow) {
  if (!workflow.diagnostics.empty()) return Errors(workflow.diagnostics);
  if (!workflow.document) return Error{codes::kEmptyFile, "there is no workflow: load or parse one first"};
  const Node& root = workflow.document->root;
  WorkflowSpec spec{.name = text_of(root.find("name")), .description = text_of(root.find("description"))};
  if (const Node* required = root.find("requires"))
    spec.requirements = {text_of(required->find("ropewalk")), map_of(required->find("plugins"))};
  if (const Node* plugins = root.find("plugins")) spec.plugins = {list_of(plugins->find("path"))};
  spec.include = list_of(root.find("include"));
  if (const Node* params = root.find("params"))
    for (std::size_t i = 0; i < params->children.size(); ++i)
      spec.params.push_back(param_of(params->keys[i], params->children[i]));
  spec.vars = map_of(root.find("vars"));
  spec.env = map_of(root.find("env"));
  if (const Node* defaults = root.find("defaults")) read_shared(*defaults, spec.defaults);
  if (const Node* stages = root.find("stages"))
    for (const Node& stage : stages->children) spec.stages.push_back(stage_of(stage));
  spec.file = workflow.file;
  return spec;
}

}  // namespace ropewalk
