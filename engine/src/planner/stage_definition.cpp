#include "planner/stage_definition.hpp"

#include <ropewalk/json.hpp>

#include <algorithm>
#include <cctype>
#include <string_view>
#include <utility>

namespace ropewalk {
namespace {

void append_node(std::string& out, const Node& node) {
  if (node.is_scalar()) return append_json(out, Value(node.text));
  const char* const brackets = node.is_map() ? "{}" : "[]";
  out += brackets[0];
  for (std::size_t i = 0; i < node.children.size(); ++i) {
    if (i != 0) out += ", ";
    if (node.is_map()) append_json(out, Value(node.keys[i].text)), out += ": ";
    append_node(out, node.children[i]);
  }
  out += brackets[1];
}

std::string text_of(const Node& node) {
  std::string out;
  append_node(out, node);
  return out;
}

/// Of the entries of a map that `keeps` keeps; empty: none.
template <class Keeps>
std::string text_of(const Node& map, Keeps&& keeps) {
  std::string out;
  for (std::size_t i = 0; i < map.keys.size(); ++i) {
    if (!keeps(map.keys[i].text)) continue;
    out += out.empty() ? "{" : ", ";
    append_json(out, Value(map.keys[i].text));
    out += ": ";
    append_node(out, map.children[i]);
  }
  return out.empty() ? out : out + "}";
}

/// `type`: null: it is not known, and may take anything.
bool takes(const TaskDescription* type, std::string_view param) {
  return type == nullptr ||
         std::any_of(type->params.begin(), type->params.end(), [&](const Field& field) { return field.name == param; });
}

/// The names behind `root`, as in "params.NAME".
std::set<std::string> names_behind(std::string_view text, std::string_view root) {
  const auto is_part = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; };
  std::set<std::string> names;
  for (std::size_t at = text.find(root); at != text.npos; at = text.find(root, at + 1)) {
    if (at != 0 && is_part(text[at - 1])) continue;
    const std::string_view rest = text.substr(at + root.size());
    const auto end = std::find_if_not(rest.begin(), rest.end(), is_part);
    names.emplace(rest.begin(), end);
  }
  return names;
}

}  // namespace

StageDefinition define_stage(const Document& file, const StageForm& form, const TaskDescription* type) {
  StageDefinition definition;
  const auto add = [&](const std::string& key, const std::string& text) {
    if (text.empty()) return;
    std::string& all = definition.keys[key];
    all += (all.empty() ? "" : " ") + text;
  };
  for (std::size_t i = 0; i < form.node->keys.size(); ++i)
    if (form.node->keys[i].text != "name") add(form.node->keys[i].text, text_of(form.node->children[i]));
  const StageKeys& defaults = file.defaults;
  const std::pair<const char*, const Node*> shared[] = {
      {"task", defaults.task},         {"executor", defaults.executor}, {"workers", defaults.workers},
      {"per_host", defaults.per_host}, {"on_error", defaults.on_error}, {"drift", defaults.drift},
      {"timeout", defaults.timeout},   {"deadline", defaults.deadline}, {"retries", defaults.retries},
      {"limits", defaults.limits},     {"outputs", defaults.outputs},   {"reads", defaults.reads},
      {"writes", defaults.writes},     {"inputs", defaults.inputs},     {"python", defaults.python},
      {"cores", defaults.cores}};
  for (const auto& [key, node] : shared)
    if (node != nullptr && !definition.keys.contains(key)) add(key, text_of(*node));
  // Of what is merged, only what reaches the stage.
  const auto own = [&](const char* key, std::string_view name) {
    const Node* const map = form.node->find(key);
    return map != nullptr && map->is_map() && map->find(name) != nullptr;
  };
  if (defaults.with != nullptr)
    add("with",
        text_of(*defaults.with, [&](std::string_view name) { return !own("with", name) && takes(type, name); }));
  if (defaults.env != nullptr)
    add("env", text_of(*defaults.env, [&](std::string_view name) { return !own("env", name); }));
  if (file.env != nullptr)
    add("env", text_of(*file.env, [&](std::string_view name) {
          return !own("env", name) && (defaults.env == nullptr || defaults.env->find(name) == nullptr);
        }));

  std::string all;
  for (const auto& [key, text] : definition.keys) all += text + '\n';
  // Vars may read each other. Those of `defaults` are those of a stage without its own.
  const Node* const of_defaults = definition.keys.contains("vars") ? nullptr : defaults.vars;
  const auto find_var = [&](const std::string& name) {
    const Node* var = of_defaults != nullptr ? of_defaults->find(name) : nullptr;
    return var == nullptr && file.vars != nullptr ? file.vars->find(name) : var;
  };
  std::set<std::string> taken;
  for (bool more = true; more;) {
    more = false;
    for (const std::string& name : names_behind(all, "vars.")) {
      const Node* const var = taken.insert(name).second ? find_var(name) : nullptr;
      if (var == nullptr) continue;
      std::string text = name + ": ";
      append_node(text, *var);
      all += text + '\n';
      std::string& vars = definition.keys["vars"];
      vars += (vars.empty() ? "" : " ") + text;
      more = true;
    }
  }
  definition.params = names_behind(all, "params.");
  return definition;
}

}  // namespace ropewalk
