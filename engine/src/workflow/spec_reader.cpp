// A document back to the spec that describes it.

#include <ropewalk/workflow_spec.hpp>

#include "workflow/document.hpp"
#include "workflow/scalar.hpp"

#include <ropewalk/codes.hpp>

#include <utility>

namespace ropewalk {
namespace {

SpecValue spec_value(const Node* node);

SpecList spec_list(const Node* node) {
  if (node == nullptr) return {};
  SpecList list = SpecList::none();
  for (const Node& child : node->children) list.add(spec_value(&child));
  return list;
}

SpecMap spec_map(const Node* node) {
  if (node == nullptr) return {};
  SpecMap map = SpecMap::none();
  for (std::size_t i = 0; i < node->children.size(); ++i) map.add(node->keys[i].text, spec_value(&node->children[i]));
  return map;
}

/// A scalar without quotes is a constant or text where every declared type reads it so; otherwise it stays as written.
SpecValue spec_scalar(const Node& node) {
  if (node.is_quoted() || node.text.find("${{") != std::string::npos) return node.text;
  auto read = read_scalar(node.text, Type::any, false).value;
  if (!read) return SpecValue::plain(node.text);
  return read->as_text() ? SpecValue(node.text) : SpecValue(*read);
}

SpecValue spec_value(const Node* node) {
  if (node == nullptr) return {};
  if (node->is_scalar()) return spec_scalar(*node);
  if (node->is_list()) return spec_list(node);
  if (node->is_map()) return spec_map(node);
  return Value();
}

std::string text_of(const Node* node) { return node == nullptr ? std::string() : node->text; }

RetriesSpec retries_of(const Node* node) {
  if (node == nullptr) return {};
  if (!node->is_map()) return {.max = spec_value(node)};
  return {.max = spec_value(node->find("max")),
          .delay = spec_value(node->find("delay")),
          .backoff = spec_value(node->find("backoff")),
          .max_delay = spec_value(node->find("max_delay")),
          .jitter = spec_value(node->find("jitter")),
          .when = spec_value(node->find("when")),
          .unless = spec_value(node->find("unless")),
          .given = node->children.empty()};
}

LimitsSpec limits_of(const Node* node) {
  if (node == nullptr) return {};
  return {.memory = spec_value(node->find("memory")),
          .cpu_time = spec_value(node->find("cpu_time")),
          .files = spec_value(node->find("files")),
          .output = spec_value(node->find("output")),
          .given = node->children.empty()};
}

RangeSpec range_of(const Node* node) {
  if (node == nullptr) return {};
  if (!node->is_map()) return {.count = spec_value(node)};
  return {.from = spec_value(node->find("from")),
          .to = spec_value(node->find("to")),
          .step = spec_value(node->find("step"))};
}

LinesSpec lines_of(const Node* node) {
  if (node == nullptr) return {};
  if (!node->is_map()) return {.file = spec_value(node)};
  return {.file = spec_value(node->find("file")), .end = spec_value(node->find("end"))};
}

BlocksSpec blocks_of(const Node* node) {
  if (node == nullptr) return {};
  if (!node->is_map()) return {.file = spec_value(node)};
  return {.file = spec_value(node->find("file")),
          .size = spec_value(node->find("size")),
          .lines = spec_value(node->find("lines")),
          .end = spec_value(node->find("end"))};
}

ForeachSpec foreach_of(const Node* node) {
  if (node == nullptr) return {};
  if (!node->is_map()) return {.list = spec_value(node)};
  return {.list = spec_value(node->find("list")),
          .range = range_of(node->find("range")),
          .glob = spec_value(node->find("glob")),
          .lines = lines_of(node->find("lines")),
          .jsonl = spec_value(node->find("jsonl")),
          .blocks = blocks_of(node->find("blocks")),
          .matrix = spec_map(node->find("matrix")),
          .zip = spec_map(node->find("zip")),
          .exclude = spec_value(node->find("exclude")),
          .include = spec_list(node->find("include")),
          .results = spec_value(node->find("results")),
          .in = spec_value(node->find("in")),
          .where = spec_value(node->find("where")),
          .shuffle = spec_value(node->find("shuffle")),
          .batch = spec_value(node->find("batch"))};
}

ParamSpec param_of(const Node& key, const Node& node) {
  if (!node.is_map()) return {.name = key.text, .default_value = spec_value(&node)};
  const auto type = [&](const char* name) {
    const Node* written = node.find(name);
    return written ? type_by_name(written->text) : std::nullopt;
  };
  const Node* secret = node.find("secret");
  return {.name = key.text,
          .type = type("type"),
          .of = type("of"),
          .default_value = spec_value(node.find("default")),
          .min = spec_value(node.find("min")),
          .max = spec_value(node.find("max")),
          .choices = spec_list(node.find("choices")),
          .help = text_of(node.find("help")),
          .secret = secret != nullptr && secret->text == "true"};
}

/// The keys that `defaults` and a stage share.
template <class Keys>
void read_shared(const Node& node, Keys& keys) {
  keys.task = text_of(node.find("task"));
  keys.executor = spec_value(node.find("executor"));
  keys.workers = spec_value(node.find("workers"));
  keys.per_host = spec_value(node.find("per_host"));
  keys.cores = spec_value(node.find("cores"));
  keys.with = spec_map(node.find("with"));
  keys.outputs = spec_map(node.find("outputs"));
  keys.retries = retries_of(node.find("retries"));
  keys.timeout = spec_value(node.find("timeout"));
  keys.deadline = spec_value(node.find("deadline"));
  keys.limits = limits_of(node.find("limits"));
  keys.on_error = spec_value(node.find("on_error"));
  keys.drift = spec_value(node.find("drift"));
  keys.python = spec_value(node.find("python"));
  keys.env = spec_map(node.find("env"));
  keys.vars = spec_map(node.find("vars"));
  keys.reads = spec_value(node.find("reads"));
  keys.writes = spec_value(node.find("writes"));
  keys.inputs = spec_value(node.find("inputs"));
}

StageSpec stage_of(const Node& node) {
  StageSpec stage{.name = text_of(node.find("name"))};
  read_shared(node, stage);
  stage.foreach = foreach_of(node.find("foreach"));
  stage.needs = spec_list(node.find("needs"));
  stage.after = spec_value(node.find("after"));
  stage.condition = spec_value(node.find("if"));
  stage.finally = spec_value(node.find("finally"));
  return stage;
}

}  // namespace

Result<WorkflowSpec> spec_of(const Workflow& workflow) {
  if (!workflow.diagnostics.empty()) return Errors(workflow.diagnostics);
  if (!workflow.document) return Error{codes::kEmptyFile, "there is no workflow: load or parse one first"};
  const Node& root = workflow.document->root;
  WorkflowSpec spec{.name = text_of(root.find("name")), .description = text_of(root.find("description"))};
  if (const Node* required = root.find("requires"))
    spec.requirements = {text_of(required->find("ropewalk")), spec_map(required->find("plugins"))};
  if (const Node* plugins = root.find("plugins"))
    spec.plugins = {spec_list(plugins->find("path")), spec_value(plugins->find("load_timeout"))};
  spec.include = spec_list(root.find("include"));
  if (const Node* params = root.find("params"))
    for (std::size_t i = 0; i < params->children.size(); ++i)
      spec.params.push_back(param_of(params->keys[i], params->children[i]));
  spec.vars = spec_map(root.find("vars"));
  spec.env = spec_map(root.find("env"));
  spec.deadline = spec_value(root.find("deadline"));
  if (const Node* defaults = root.find("defaults")) read_shared(*defaults, spec.defaults);
  if (const Node* stages = root.find("stages"))
    for (const Node& stage : stages->children) spec.stages.push_back(stage_of(stage));
  spec.file = workflow.file;
  return spec;
}

}  // namespace ropewalk
