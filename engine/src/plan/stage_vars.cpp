#include "plan/stage_vars.hpp"

#include <ropewalk/codes.hpp>

#include <fmt/format.h>


namespace ropewalk {
void StageVars::add_all(const Node& vars, const Names& names) {
  for (std::size_t i = 0; i < vars.keys.size(); ++i) {
    const std::string& name = vars.keys[i].text;
    const std::string what = fmt::format("var '{}'", name);
    const std::size_t weight = weight_of(vars.children[i]);
    std::optional<Binding> binding;
    if (weight <= kMostBytes) binding = Binding::compile(vars.children[i], {}, what, names);
    else
      names.mistakes.add(codes::kTooLargeVar, place_of(names.source(), vars.children[i]),
                         fmt::format("{} is larger than 1 MiB with all the vars that it reads", what), {"long lists belong in a file of their own"});
    if (binding && binding->reads_stages()) {
      names.mistakes.add(codes::kWrongReader, place_of(names.source(), vars.children[i]),
                         fmt::format("{} reads results of a stage, and a var is made of params, vars, item and index", what));
      binding.reset();
    }
    if (!binding) binding = Binding::unknown();
    const Shape shape = binding->shape();
    constants_.erase(name);
    if (binding->is_constant() && !binding->is_unknown()) constants_[name] = binding->constant();
    numbers_[name] = vars_.size();
    const std::size_t counts = binding->is_unknown() ? 0 : weight;  // what is too large is told once
    vars_.push_back({name, std::move(*binding), shape, counts});
  }
}

std::size_t StageVars::weight_of(const Node& node) const {
  std::size_t weight = node.text.size() + sizeof(Value);
  for (const Node& key : node.keys) weight += key.text.size();
  for (const Node& child : node.children) weight += weight_of(child);
  if (!node.is_scalar() || node.text.find("${{") == std::string::npos) return weight;
  for (const Piece& piece : parse_text(node.text).pieces) {
    if (!piece.expression) continue;
    visit_all(*piece.expression, [&](const Expression& part) {
      if (part.kind != Expression::Kind::reference || part.root != Root::variable) return;
      if (const Var* var = find(part.name)) weight += var->weight;
    });
  }
  return weight;
}

const StageVars::Var* StageVars::find(std::string_view name) const {
  const auto found = numbers_.find(std::string(name));
  return found == numbers_.end() ? nullptr : &vars_[found->second];
}

std::vector<std::string> StageVars::names() const {
  std::vector<std::string> names;
  for (const Var& var : vars_)
    if (find(var.name) == &var) names.push_back(var.name);
  return names;
}

bool StageVars::fill(const Scope& scope, Map& out, std::string& problem) const {
  out = constants_;
  Scope with = scope;
  with.vars = &out;
  for (const Var& var : vars_) {
    if (var.binding.is_constant()) continue;
    if (!var.binding.evaluate(with, out[var.name], problem))
      return problem = fmt::format("var '{}': {}", var.name, problem), false;
  }
  return true;
}

void StageVars::append_signature(std::string& out) const {
  for (const Var& var : vars_) {
    append_json_string(out, var.name);
    var.binding.append_signature(out);
  }
}

}  // namespace ropewalk
