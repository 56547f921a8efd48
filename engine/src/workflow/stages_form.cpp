#include "workflow/forms.hpp"

#include "base/text.hpp"
#include "workflow/constant.hpp"
#include "workflow/key_tables.hpp"

#include <ropewalk/codes.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace ropewalk {
namespace {

/// Returns the value of a key if it is a scalar; otherwise reports a diagnostic.
const Node* scalar_of(const Source& source, const Node& map, std::string_view key, std::string_view wanted,
                      Diagnostics& diagnostics) {
  const Node* node = map.find(key);
  if (!node || node->is_scalar()) return node;
  report_wrong_form(source, *node, wanted, fmt::format("'{}'", key), diagnostics);
  return nullptr;
}

void read_shared(const Source& source, const Node& map, StageKeys& keys, Diagnostics& diagnostics) {
  keys.task = scalar_of(source, map, "task", "plugin.task", diagnostics);
  keys.executor = scalar_of(source, map, "executor", "the name of an executor", diagnostics);
  keys.workers = scalar_of(source, map, "workers", "a number or auto", diagnostics);
  keys.per_host = scalar_of(source, map, "per_host", "a number or auto", diagnostics);
  keys.cores = scalar_of(source, map, "cores", "a number", diagnostics);
  keys.on_error = map.find("on_error");
  if (keys.on_error && keys.on_error->is_map())
    check_keys(source, *keys.on_error, on_error_keys(), diagnostics);
  else
    keys.on_error = scalar_of(source, map, "on_error", "continue, stop, ignore or {stop_after: N}", diagnostics);
  keys.drift = scalar_of(source, map, "drift", "keep or replace", diagnostics);
  keys.python = scalar_of(source, map, "python", "an interpreter of Python", diagnostics);
  if (const Node* with = map.find("with")) {
    if (with->is_map())
      keys.with = with;
    else
      report_wrong_form(source, *with, "a map of parameters", "'with'", diagnostics);
  }
  if (const Node* env = map.find("env")) keys.env = read_env(source, *env, diagnostics);
  if (const Node* vars = map.find("vars")) keys.vars = read_values(source, *vars, "'vars'", "a var", diagnostics);
  if (const Node* outputs = map.find("outputs"))
    keys.outputs = read_values(source, *outputs, "'outputs'", "a result's field", diagnostics);
  for (const auto& [key, files] : {std::pair("reads", &keys.reads), std::pair("writes", &keys.writes)}) {
    const Node* const node = map.find(key);
    if (node == nullptr) continue;
    if (node->is_list() || (node->is_scalar() && node->text.find("${{") != std::string::npos))
      *files = node;
    else
      report_wrong_form(source, *node, "a list of paths, or an expression that makes one", fmt::format("'{}'", key),
                        diagnostics);
  }
  keys.inputs = scalar_of(source, map, "inputs", "hash or stat", diagnostics);
  keys.timeout = map.find("timeout");
  keys.deadline = map.find("deadline");
  keys.retries = map.find("retries");
  if (keys.retries && keys.retries->is_map())
    check_keys(source, *keys.retries, retries_keys(), diagnostics);
  else if (keys.retries && !keys.retries->is_scalar())
    report_wrong_form(source, *keys.retries, "a number or a map such as {max: 3, delay: 1s}", "'retries'", diagnostics);
  keys.limits = map.find("limits");
  if (keys.limits && keys.limits->is_map())
    check_keys(source, *keys.limits, limits_keys(), diagnostics);
  else if (keys.limits)
    report_wrong_form(source, *keys.limits, "a map such as {memory: 512MiB}", "'limits'", diagnostics);
}

/// `matrix` and `zip`: names with lists.
void read_axes(const Source& source, std::string_view key, const Node& value, StageForm& stage,
               Diagnostics& diagnostics) {
  constexpr std::string_view kExample = "{size: [1, 2], color: [red, blue]}";
  if (value.is_map() && value.keys.empty())
    diagnostics.add(codes::kWrongForm, place_of(source, value), fmt::format("'{}' has no axis", key),
                    {fmt::format("write such as {}", kExample)});
  else if (!value.is_map())
    report_wrong_form(source, value, fmt::format("a map of axes such as {}", kExample), fmt::format("'{}'", key),
                      diagnostics);
  for (const Node& axis : value.keys)
    if (!is_name(axis.text))
      diagnostics.add(codes::kBadName, place_of(source, axis),
                      fmt::format("'{}' is no name for an axis", escape_for_display(axis.text)),
                      {"a name is a small letter, then small letters, digits, '_' and '-'"});
  stage.items = &value;
}

/// Keys that change the items of any source but a stage's results.
bool is_shape_key(std::string_view key) { return key == "where" || key == "shuffle" || key == "batch"; }

void read_shape(const Source& source, const Node& node, StageForm& stage, Diagnostics& diagnostics) {
  stage.where = scalar_of(source, node, "where", "an expression that is true or false", diagnostics);
  stage.shuffle = scalar_of(source, node, "shuffle", "a number, such as 1", diagnostics);
  stage.batch = scalar_of(source, node, "batch", "a number of items", diagnostics);
  for (const Node& key : node.keys)
    if (is_shape_key(key.text) && node.find("results"))
      diagnostics.add(
          codes::kWrongForm, place_of(source, key),
          fmt::format("'{}' does not go with 'results', whose items come one by one while the run lasts", key.text),
          {"write 'list: \"${{ stages.NAME.results }}\"' in its place, which waits for all of them"});
}

/// `matrix`, `exclude` and `include`; the last two are lists of maps.
void read_matrix(const Source& source, const Node& node, StageForm& stage, Diagnostics& diagnostics) {
  const std::size_t before = diagnostics.size();
  for (std::size_t i = 0; i < node.keys.size(); ++i) {
    const std::string& key = node.keys[i].text;
    const Node& value = node.children[i];
    if (key == "matrix") {
      read_axes(source, key, value, stage, diagnostics);
    } else if (key == "exclude" || key == "include") {
      if (!value.is_list()) {
        report_wrong_form(source, value, "a list of maps", fmt::format("'{}'", key), diagnostics);
        continue;
      }
      for (const Node& element : value.children)
        if (!element.is_map())
          report_wrong_form(source, element, "a map of axes and their values", fmt::format("an element of '{}'", key),
                            diagnostics);
      (key == "exclude" ? stage.exclude : stage.include) = &value;
    } else if (!is_shape_key(key)) {
      diagnostics.add(codes::kWrongForm, place_of(source, node.keys[i]),
                      fmt::format("'foreach' takes one source of items, and there is a 'matrix' besides '{}'", key));
    }
  }
  read_shape(source, node, stage, diagnostics);
  if (diagnostics.size() == before) stage.fan_out = FanOut::matrix;
}

/// A list, or an expression that makes one.
void read_listed_items(const Source& source, const Node& node, StageForm& stage, Diagnostics& diagnostics) {
  if (node.is_scalar() && node.text.find("${{") == std::string::npos) {
    diagnostics.add(codes::kWrongForm, place_of(source, node),
                    "'foreach' wants a list, or an expression that gives one, but this is a single value",
                    {"write a list, or one of {range: 10}, {glob: \"src/**\"}, {lines: FILE}, {results: STAGE}"});
    return;
  }
  stage.fan_out = FanOut::list;
  stage.items = &node;
}

/// A key of `foreach` that makes the items of itself. `matrix` and `zip` have axes, which are read elsewhere.
struct ItemKind {
  std::string_view key;
  FanOut fan_out;
  std::string_view wanted = {};
  bool scalar = true;                        // any scalar; otherwise only an expression
  bool list = false;                         // or a list
  const KeyTable& (*map)() = nullptr;        // or a map with these keys, ...
  std::string_view required = {}, fix = {};  // ... of which one is required
};

const ItemKind* find_item_kind(std::string_view key) {
  static constexpr ItemKind kKinds[] = {
      {.key = "list",
       .fan_out = FanOut::list,
       .wanted = "a list, or an expression that gives one",
       .scalar = false,
       .list = true},
      {.key = "range",
       .fan_out = FanOut::range,
       .wanted = "a number or {from, to, step}",
       .map = range_keys,
       .required = "to",
       .fix = "write {from: 1, to: 10}, or a number for 0 up to it"},
      {.key = "glob", .fan_out = FanOut::glob, .wanted = "a pattern or a list of patterns", .list = true},
      {.key = "lines",
       .fan_out = FanOut::lines,
       .wanted = "the name of a file or {file, end}",
       .map = lines_keys,
       .required = "file",
       .fix = "write {file: FILE, end: \"\\0\"}, or the name of the file alone"},
      {.key = "jsonl", .fan_out = FanOut::jsonl, .wanted = "the name of a file"},
      {.key = "blocks",
       .fan_out = FanOut::blocks,
       .wanted = "the name of a file or {file, size, lines, end}",
       .map = blocks_keys,
       .required = "file",
       .fix = "write {file: FILE, size: 10MiB}, or the name of the file alone"},
      {.key = "zip", .fan_out = FanOut::zip},
      {.key = "results", .fan_out = FanOut::results, .wanted = "the name of a stage"}};
  const auto* const found =
      std::find_if(std::begin(kKinds), std::end(kKinds), [&](const ItemKind& kind) { return kind.key == key; });
  return found == std::end(kKinds) ? nullptr : found;
}

/// The position of the one key that makes the items. Reports keys of `foreach` that do not go together.
std::optional<std::size_t> find_one_source(const Source& source, const Node& node, Diagnostics& diagnostics) {
  const bool glob = node.find("glob") != nullptr;
  std::vector<std::size_t> sources;
  for (std::size_t i = 0; i < node.keys.size(); ++i) {
    const Node& key = node.keys[i];
    const bool of_glob = key.text == "exclude" || key.text == "in";
    if (key.text == "include" || (of_glob && !glob)) {
      diagnostics.add(codes::kWrongForm, place_of(source, key),
                      key.text == "in" ? "'in' belongs to a 'glob', and here is none"
                                       : fmt::format("'{}' belongs to a 'matrix'{}, and here is none", key.text,
                                                     key.text == "exclude" ? " or a 'glob'" : ""));
      return std::nullopt;
    }
    if (!of_glob && !is_shape_key(key.text)) sources.push_back(i);
  }
  if (sources.size() == 1) return sources.front();
  diagnostics.add(codes::kWrongForm, place_of(source, node),
                  fmt::format("'foreach' takes one source of items, here are {}", sources.size()),
                  {"give one of list, range, glob, lines, jsonl, blocks, matrix, zip, results"});
  return std::nullopt;
}

void check_source(const Source& source, const Node& key, const Node& value, const ItemKind& kind,
                  Diagnostics& diagnostics) {
  if (value.is_scalar() && (kind.scalar || value.text.find("${{") != std::string::npos)) return;
  if (kind.list && value.is_list()) return;
  if (!kind.map || !value.is_map())
    return report_wrong_form(source, value, kind.wanted, fmt::format("'{}'", key.text), diagnostics);
  check_keys(source, value, kind.map(), diagnostics);
  if (!value.find(kind.required) && !is_misspelt(value, kind.map(), kind.required))
    diagnostics.add(codes::kMissingKey, place_of(source, key), fmt::format("'{}' has no '{}'", key.text, kind.required),
                    {std::string(kind.fix)});
}

void read_foreach(const Source& source, const Node& node, StageForm& stage, Diagnostics& diagnostics) {
  stage.fan_out = FanOut::broken;
  if (node.is_list() || node.is_scalar()) return read_listed_items(source, node, stage, diagnostics);
  if (!node.is_map()) return report_wrong_form(source, node, "a list or a map", "'foreach'", diagnostics);
  const std::size_t before = diagnostics.size();
  check_keys(source, node, foreach_keys(), diagnostics);
  if (diagnostics.size() > before) return;
  if (node.find("matrix")) return read_matrix(source, node, stage, diagnostics);
  const std::optional<std::size_t> at = find_one_source(source, node, diagnostics);
  if (!at) return;
  stage.exclude = node.find("exclude");
  if (stage.exclude && !stage.exclude->is_scalar() && !stage.exclude->is_list())
    report_wrong_form(source, *stage.exclude, "a pattern or a list of patterns", "'exclude' of a 'glob'", diagnostics);
  stage.base = scalar_of(source, node, "in", "a folder", diagnostics);
  read_shape(source, node, stage, diagnostics);
  const Node &key = node.keys[*at], &value = node.children[*at];
  const ItemKind& kind = *find_item_kind(key.text);  // check_keys() knows no others
  if (kind.fan_out == FanOut::zip)
    read_axes(source, key.text, value, stage, diagnostics);
  else
    check_source(source, key, value, kind, diagnostics);
  if (diagnostics.size() > before) return;
  stage.fan_out = kind.fan_out;
  stage.items = &value;
}

void read_needs(const Source& source, const Node& node, StageForm& stage, Diagnostics& diagnostics) {
  stage.has_needs = true;
  if (!node.is_list()) {
    report_wrong_form(source, node, "a list of stages, such as [fetch, hash]", "'needs'", diagnostics);
    return;
  }
  std::set<std::string_view> names;
  for (const Node& need : node.children) {
    if (!need.is_scalar())
      report_wrong_form(source, need, "the name of a stage", "an element of 'needs'", diagnostics);
    else if (need.text.find("${{") != std::string::npos)
      diagnostics.add(codes::kWrongForm, place_of(source, need),
                      "'needs' is a list of names, an expression cannot stand here");
    else if (!names.insert(need.text).second)
      diagnostics.add(codes::kDuplicateName, place_of(source, need),
                      fmt::format("'needs' names '{}' twice", escape_for_display(need.text)));
    else
      stage.needs.push_back(&need);
  }
}

StageForm read_stage(const Document& document, const Node& node, DeclaredNames& names, Diagnostics& diagnostics) {
  const Source& source = document.source;
  StageForm stage;
  stage.node = &node;
  check_keys(source, node, stage_keys(), diagnostics);
  read_shared(source, node, stage, diagnostics);
  stage.name = scalar_of(source, node, "name", "a name", diagnostics);
  const auto is_missing = [&](std::string_view key) {
    return !node.find(key) && !is_misspelt(node, stage_keys(), key);
  };
  if (is_missing("name")) diagnostics.add(codes::kMissingKey, place_of(source, node), "a stage has no 'name'");
  if (!stage.task) stage.task = document.defaults.task;
  if (is_missing("task") && !stage.task)
    diagnostics.add(codes::kMissingKey, stage.name ? place_of(source, *stage.name) : place_of(source, node),
                    stage.name ? fmt::format("stage '{}' has no 'task'", escape_for_display(stage.name->text))
                               : "a stage has no 'task'",
                    {"write plugin.task, such as 'task: file.checksum'"});
  if (stage.name && !is_name(stage.name->text)) {
    diagnostics.add(codes::kBadName, place_of(source, *stage.name),
                    fmt::format("'{}' is no name for a stage", escape_for_display(stage.name->text)),
                    {"a name is a small letter, then small letters, digits, '_' and '-'"});
  } else if (stage.name) {
    if (const auto first = names.add(document, *stage.name, ", the first in "))
      diagnostics.add(codes::kDuplicateName, place_of(source, *stage.name),
                      fmt::format("two stages are named '{}'{}", stage.name->text, *first),
                      {"give one of them another name"});
  }
  if (const Node* needs = node.find("needs")) read_needs(source, *needs, stage, diagnostics);
  if (!stage.vars) stage.vars = document.defaults.vars;
  if (!stage.outputs) stage.outputs = document.defaults.outputs;
  if (!stage.reads) stage.reads = document.defaults.reads;
  if (!stage.writes) stage.writes = document.defaults.writes;
  if (!stage.inputs) stage.inputs = document.defaults.inputs;
  stage.condition = scalar_of(source, node, "if", "an expression that is true or false", diagnostics);
  stage.after = scalar_of(source, node, "after", "success, failure or any", diagnostics);
  if (const Node* finally = node.find("finally"))
    if (const auto flag = read_constant(source, *finally, {Type::boolean, Type::any}, "'finally'", diagnostics))
      stage.finally = *flag->as_bool();
  if (const Node* items = node.find("foreach")) read_foreach(source, *items, stage, diagnostics);
  return stage;
}

}  // namespace

void read_stages(const Node& stages, Document& document, DeclaredNames& names, Diagnostics& diagnostics) {
  if (!stages.is_list()) return report_wrong_form(document.source, stages, "a list of stages", "'stages'", diagnostics);
  if (stages.children.empty())
    diagnostics.add(codes::kMissingKey, place_of(document.source, stages),
                    "'stages' is empty, so there is nothing to run",
                    {"add a stage, such as '- {name: hello, task: sim.noop}'"});
  for (const Node& stage : stages.children) {
    if (stage.is_map())
      document.stages.push_back(read_stage(document, stage, names, diagnostics));
    else
      report_wrong_form(document.source, stage, "a map of keys such as name and task", "a stage", diagnostics);
  }
}

void read_defaults(const Node& defaults, Document& document, Diagnostics& diagnostics) {
  if (!defaults.is_map())
    return report_wrong_form(document.source, defaults, "a map of a stage's keys", "'defaults'", diagnostics);
  check_keys(document.source, defaults, defaults_keys(), diagnostics);
  read_shared(document.source, defaults, document.defaults, diagnostics);
}

}  // namespace ropewalk
