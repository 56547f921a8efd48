#include "planner/stage_parameters.hpp"

#include "base/suggest.hpp"
#include "base/text.hpp"
#include "planner/parameter_errors.hpp"
#include "workflow/scalar.hpp"

#include <ropewalk/codes.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string_view>
#include <unordered_map>

namespace ropewalk {
namespace {

class ParameterCompiler {
 public:
  ParameterCompiler(const StageForm& stage, const TaskDescription* type, const std::string& task,
                    const ResolveContext& names, std::shared_ptr<const StageVars> vars, std::set<std::string>& taken)
      : stage_(stage), type_(type), task_(task), names_(names), vars_(std::move(vars)), taken_(taken) {}

  std::shared_ptr<const StageParameters> compile() {
    const Node* defaults = names_.document.defaults.with;
    if (!type_) {
      // The parameters of an unknown task are unknown, but the names in their expressions can be checked.
      if (stage_.with)
        for (const Node& value : stage_.with->children)
          if (value.is_scalar() && has_expression(value)) Binding::compile(value, {}, "a parameter", names_);
      return nullptr;
    }
    out_ = std::make_shared<StageParameters>(type_->params.size(), vars_);
    for (std::size_t i = 0; i < type_->params.size(); ++i)
      positions_.emplace(type_->params[i].name, static_cast<std::uint32_t>(i));
    if (stage_.with)
      for (std::size_t i = 0; i < stage_.with->children.size() && !names_.diagnostics.is_long(); ++i)
        own(stage_.with->keys[i], stage_.with->children[i]);
    // Many defaults may belong to other tasks, so the task's own parameters are searched in them.
    if (defaults)
      for (std::size_t i = 0; i < type_->params.size(); ++i)
        if (const Node* value = defaults->find(type_->params[i].name)) shared(static_cast<std::uint32_t>(i), *value);
    for (const Field& field : type_->params)
      if (field.required && !field.default_value && !given_.contains(field.name)) missing(field);
    for (const std::vector<std::string>& group : type_->exactly_one) check_group(group);
    return good_ ? out_ : nullptr;
  }

 private:
  void own(const Node& key, const Node& value) {
    given_.insert(key.text);
    if (const auto at = positions_.find(key.text); at != positions_.end()) {
      if (names_.document.defaults.with && names_.document.defaults.with->find(key.text)) taken_.insert(key.text);
      return take(at->second, value);
    }
    good_ = false;
    std::string suggested;
    names_.diagnostics.add(codes::kUnknownParameter, place_of(names_.source(), key),
                           unknown_parameter(task_, *type_, key.text, suggested), {describe_params(*type_)});
    if (!suggested.empty()) given_.insert(suggested);  // not reported as missing as well
  }

  void shared(std::uint32_t at, const Node& value) {
    const std::string& key = type_->params[at].name;
    taken_.insert(key);
    if (is_replaced(key) || !given_.insert(key).second) return;
    if (pay(names_, value, compiled_size(value), fmt::format("the default of '{}' for stage after stage", key)))
      take(at, value);
    else
      good_ = false;
  }

  /// A default for one parameter of a group is ignored if the stage gives another one of the group.
  bool is_replaced(const std::string& key) const {
    return std::any_of(
        type_->exactly_one.begin(), type_->exactly_one.end(), [&](const std::vector<std::string>& group) {
          const auto is_own = [&](const std::string& name) { return stage_.with && stage_.with->find(name); };
          return std::find(group.begin(), group.end(), key) != group.end() &&
                 std::any_of(group.begin(), group.end(), is_own);
        });
  }

  void check_group(const std::vector<std::string>& group) {
    std::vector<std::string> there;
    std::copy_if(group.begin(), group.end(), std::back_inserter(there),
                 [&](const std::string& name) { return given_.contains(name); });
    if (there.size() == 1) return;
    good_ = false;
    const Node& near = stage_.task ? *stage_.task : *stage_.node;
    if (there.empty())
      return names_.diagnostics.add(codes::kMissingParameter, place_of(names_.source(), near),
                                    missing_of_group(task_, group), {describe_params(*type_)});
    const Node* second = key_of(there.back());
    names_.diagnostics.add(codes::kExclusiveParameters, place_of(names_.source(), second ? *second : near),
                           several_of_group(task_, group),
                           {fmt::format("remove '{}' or '{}'", there.front(), there.back())});
  }

  const Node* key_of(const std::string& name) const {
    for (const Node* with : {stage_.with, names_.document.defaults.with})
      if (with)
        for (const Node& key : with->keys)
          if (key.text == name) return &key;
    return nullptr;
  }

  void take(std::uint32_t at, const Node& value) {
    const Field& field = type_->params[at];
    if (field.secret) hide_texts(value, names_.diagnostics), hide_literals(value);
    const bool outer = std::exchange(names_.secret, field.secret);
    auto binding = Binding::compile(value, {field.type, field.element}, parameter_noun(field), names_);
    names_.secret = outer;
    if (!binding) return void(good_ = false);
    if (field.secret && binding->is_constant()) names_.diagnostics.secrets().add(binding->constant());
    if (binding->is_constant() && !binding->is_unknown()) {
      if (const std::string problem = outside_limits_text(field, binding->constant()); !problem.empty()) {
        names_.diagnostics.add(field.choices.empty() ? codes::kOutOfRange : codes::kNotAChoice,
                               place_of(names_.source(), value), problem);
        good_ = false;
        return;
      }
    }
    out_->add(at, field, std::move(*binding));
  }

  /// Messages must not show the expressions of a secret.
  void hide_literals(const Node& value) {
    for (const Node& child : value.children) hide_literals(child);
    if (!value.is_scalar() || !has_expression(value)) return;
    for (const Piece& piece : names_.parsed.of(value).pieces) {
      const auto add = [&](const std::string& text) {
        if (text.size() >= Redaction::kShortest) names_.diagnostics.secrets().add(Value(text));
      };
      add(piece.literal);
      if (piece.expression)
        visit_all(*piece.expression, [&](const Expression& part) {
          if (part.kind == Expression::Kind::literal && part.value.as_text()) add(*part.value.as_text());
        });
    }
  }

  void missing(const Field& field) {
    good_ = false;
    const Node& near = stage_.task ? *stage_.task : *stage_.node;
    names_.diagnostics.add(
        codes::kMissingParameter, place_of(names_.source(), near), missing_parameter(task_, field),
        {fmt::format("give it under 'with', as in with: {{{}: ...}}", field.name), describe_params(*type_)});
  }

  const StageForm& stage_;
  const TaskDescription* type_;
  const std::string& task_;
  ResolveContext names_;
  const std::shared_ptr<const StageVars> vars_;
  std::set<std::string>& taken_;
  std::unordered_map<std::string_view, std::uint32_t> positions_;  // of the task type's parameters
  std::set<std::string> given_;
  bool good_ = true;
  std::shared_ptr<StageParameters> out_;
};

}  // namespace

void StageParameters::add(std::uint32_t position, const Field& field, Binding binding) {
  std::string signature;
  binding.append_signature(signature);
  signatures_.emplace_back(position, std::move(signature));
  reads_.insert(binding.stages().begin(), binding.stages().end());
  if (binding.derives_secret()) secrets_.insert(position);
  if (binding.is_constant()) {
    constants_[position] = binding.constant();
    return;
  }
  Field limits;
  limits.name = field.name;
  limits.required = field.required;
  limits.unit = field.unit;
  limits.minimum = field.minimum;
  limits.maximum = field.maximum;
  limits.choices = field.choices;
  const bool limited = field.minimum || field.maximum || !field.choices.empty();
  const bool varies = binding.reads_task();
  Slot slot{std::move(limits), limited, std::move(binding)};
  if (!varies) {
    late_.emplace_back(position, std::move(slot));
    return;
  }
  reads_vars_ = reads_vars_ || slot.binding.reads_vars();
  const auto at = std::lower_bound(varying_.begin(), varying_.end(), position) - varying_.begin();
  varying_.insert(varying_.begin() + at, position);
  varying_slots_.insert(varying_slots_.begin() + at, std::move(slot));
}

bool StageParameters::fill(const Slot& slot, const Scope& scope, Value& out, std::string& problem) {
  if (!slot.binding.evaluate(scope, out, problem)) {
    problem = fmt::format("parameter '{}': {}", slot.field.name, problem);
    return false;
  }
  if (out.is_null() && slot.field.required) {
    problem = fmt::format("parameter '{}' is required, but what it reads was not given", slot.field.name);
    return false;
  }
  if (!slot.limited || out.is_null()) return true;
  if (const std::string outside = outside_limits(slot.field, out); !outside.empty()) {
    problem = fmt::format("parameter '{}' {}", slot.field.name, outside);
    return false;
  }
  return true;
}

Result<std::vector<Value>> StageParameters::constants(const Scope& scope) const {
  std::vector<Value> values = constants_;
  std::string problem;
  for (const auto& [position, slot] : late_)
    if (!fill(slot, scope, values[position], problem)) return Error{codes::kBadParameterValue, problem};
  return values;
}

bool StageParameters::make(const Scope& scope, std::span<Value> values, std::string& problem) const {
  return reads_vars_ ? make_with_vars(scope, values, problem) : fill_varying(scope, values, problem);
}

bool StageParameters::make_with_vars(const Scope& scope, std::span<Value> values, std::string& problem) const {
  Map vars;
  if (!vars_->fill(scope, vars, problem)) return false;
  Scope with = scope;
  with.vars = &vars;
  return fill_varying(with, values, problem);
}

bool StageParameters::fill_varying(const Scope& scope, std::span<Value> values, std::string& problem) const {
  for (std::size_t i = 0; i < varying_slots_.size(); ++i)
    if (!fill(varying_slots_[i], scope, values[i], problem)) return false;
  return true;
}

bool StageParameters::ints(const Scope& scope, std::span<std::int64_t> values) const {
  std::size_t i = 0;
  for (const Slot& slot : varying_slots_)
    if (slot.limited || !slot.binding.number(scope, values[i++])) return false;
  return true;
}

Result<std::vector<KnownParameter>> StageParameters::known(const Scope& scope) const {
  std::vector<KnownParameter> known;
  for (const Value& value : constants_) known.push_back({.value = value});
  for (const std::uint32_t position : secrets_) known[position].secret = true;
  std::string problem;
  Scope with = scope;
  const auto take = [&](std::uint32_t position, const Slot& slot) {
    KnownParameter& out = known[position];
    out.value.reset();
    if (slot.binding.reads_stages())
      return out.reads.assign(slot.binding.stages().begin(), slot.binding.stages().end()), true;
    return (slot.binding.reads_task() && scope.item == nullptr) || fill(slot, with, out.value.emplace(), problem);
  };
  for (const auto& [position, slot] : late_)
    if (!take(position, slot)) return Errors(Error{codes::kBadParameterValue, problem});
  Map vars;
  if (reads_vars_ && scope.item != nullptr) {
    if (!vars_->fill(scope, vars, problem)) return Errors(Error{codes::kBadParameterValue, problem});
    with.vars = &vars;
  }
  for (std::size_t i = 0; i < varying_slots_.size(); ++i)
    if (!take(varying_[i], varying_slots_[i])) return Errors(Error{codes::kBadParameterValue, problem});
  return known;
}

std::string StageParameters::signature() const {
  auto sorted = signatures_;
  std::sort(sorted.begin(), sorted.end());
  std::string out;
  for (const auto& [position, text] : sorted) out += fmt::format("{}={}", position, text);
  return out;
}

std::shared_ptr<const StageParameters> compile_parameters(const StageForm& stage, const TaskDescription* type,
                                                          const std::string& task, const ResolveContext& names,
                                                          std::shared_ptr<const StageVars> vars,
                                                          std::set<std::string>& taken) {
  return ParameterCompiler(stage, type, task, names, std::move(vars), taken).compile();
}

}  // namespace ropewalk
