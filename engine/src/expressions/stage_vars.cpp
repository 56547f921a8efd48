#include "expressions/stage_vars.hpp"

#include <ropewalk/codes.hpp>

#include <fmt/format.h>

#include <functional>

namespace ropewalk {

void StageVars::add_all(const Node& vars, const ResolveContext& names) {
  for (std::size_t i = 0; i < vars.keys.size(); ++i) {
    const std::string& name = vars.keys[i].text;
    const std::string what = fmt::format("var '{}'", name);
    const std::size_t weight = weight_of(vars.children[i], names.parsed);
    std::optional<Binding> binding;
    if (weight <= kMaxBytes)
      binding = Binding::compile(vars.children[i], {}, what, names);
    else
      names.diagnostics.add(codes::kTooLargeVar, place_of(names.source(), vars.children[i]),
                            fmt::format("{} is larger than 1 MiB with all the vars that it reads", what),
                            {"long lists belong in a file of their own"});
    if (binding && binding->reads_stages()) {
      names.diagnostics.add(
          codes::kWrongReader, place_of(names.source(), vars.children[i]),
          fmt::format("{} reads results of a stage, and a var is made of params, vars, item and index", what));
      binding.reset();
    }
    if (!binding) binding = Binding::unknown();
    const StaticType shape = binding->shape();
    const std::size_t counts = binding->is_unknown() ? 0 : weight;  // a var that is too large is reported once
    binding->share();
    vars_.push_back({name, std::move(*binding), shape, counts});
    numbers_.insert_or_assign(vars_.back().name, vars_.size() - 1);
  }
}

std::size_t StageVars::weight_of(const Node& node, ParsedScalars& parsed) const {
  std::size_t weight = node.text.size() + sizeof(Value);
  for (const Node& key : node.keys) weight += key.text.size();
  for (const Node& child : node.children) weight += weight_of(child, parsed);
  if (!node.is_scalar() || !has_expression(node)) return weight;
  for (const Piece& piece : parsed.of(node).pieces) {
    if (!piece.expression) continue;
    visit_all(*piece.expression, [&](const Expression& part) {
      if (part.kind != Expression::Kind::reference || part.root != Root::variable) return;
      if (const Var* var = find(part.name)) weight += var->weight;
    });
  }
  return weight;
}

const StageVars::Var* StageVars::find(std::string_view name) const {
  if (const auto found = numbers_.find(name); found != numbers_.end()) return &vars_[found->second];
  return outer_ ? outer_->find(name) : nullptr;
}

std::vector<std::string> StageVars::names() const {
  std::vector<std::string> names = outer_ ? outer_->names() : std::vector<std::string>();
  std::erase_if(names, [&](const std::string& name) { return numbers_.contains(name); });
  for (const Var& var : vars_)
    if (find(var.name) == &var) names.push_back(var.name);
  return names;
}

bool StageVars::fill(const Scope& scope, Map& out, std::string& problem) const {
  if (!outer_)
    out.clear();
  else if (!outer_->fill(scope, out, problem))
    return false;
  Scope with = scope;
  with.vars = &out;
  for (const Var& var : vars_) {
    if (var.binding.is_constant()) continue;
    if (!var.binding.evaluate(with, out[var.name], problem))
      return problem = fmt::format("var '{}': {}", var.name, problem), false;
  }
  return true;
}

std::string StageVars::signature() const {
  if (!signature_.empty()) return signature_;
  std::string all = outer_ ? outer_->signature() : std::string();
  for (const Var& var : vars_) {
    append_json_string(all, var.name);
    var.binding.append_signature(all);
  }
  return signature_ = fmt::format("{:x}", std::hash<std::string>()(all));
}

}  // namespace ropewalk
