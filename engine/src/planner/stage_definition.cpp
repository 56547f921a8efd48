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

StageDefinition define_stage(const Document& file, const StageForm& form) {
  StageDefinition definition;
  const auto add = [&](const std::string& key, const Node& node) {
    std::string& text = definition.keys[key];
    if (!text.empty()) text += ' ';
    append_node(text, node);
  };
  for (std::size_t i = 0; i < form.node->keys.size(); ++i)
    if (form.node->keys[i].text != "name") add(form.node->keys[i].text, form.node->children[i]);
  const StageKeys& defaults = file.defaults;
  const std::pair<const char*, const Node*> shared[] = {{"task", defaults.task},
                                                        {"executor", defaults.executor},
                                                        {"workers", defaults.workers},
                                                        {"per_host", defaults.per_host},
                                                        {"on_error", defaults.on_error},
                                                        {"drift", defaults.drift},
                                                        {"timeout", defaults.timeout},
                                                        {"deadline", defaults.deadline},
                                                        {"retries", defaults.retries},
                                                        {"limits", defaults.limits},
                                                        {"vars", defaults.vars},
                                                        {"outputs", defaults.outputs},
                                                        {"reads", defaults.reads},
                                                        {"writes", defaults.writes},
                                                        {"inputs", defaults.inputs},
                                                        {"with", defaults.with},
                                                        {"env", defaults.env}};
  for (const auto& [key, node] : shared) {
    const bool merges = node != nullptr && (node == defaults.with || node == defaults.env);
    if (node != nullptr && (merges || !definition.keys.contains(key))) add(key, *node);
  }
  if (file.env != nullptr) add("env", *file.env);

  std::string all;
  for (const auto& [key, text] : definition.keys) all += text + '\n';
  // Vars of the file may read each other.
  std::set<std::string> taken;
  for (bool more = file.vars != nullptr; more;) {
    more = false;
    for (const std::string& name : names_behind(all, "vars.")) {
      const Node* const var = taken.insert(name).second ? file.vars->find(name) : nullptr;
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
