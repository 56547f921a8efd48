#include "planner/stage_outputs.hpp"

#include "base/text.hpp"

#include <ropewalk/codes.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace ropewalk {
namespace {

class StageOutputs final : public Outputs {
 public:
  explicit StageOutputs(std::shared_ptr<const StageVars> vars) : vars_(std::move(vars)) {}

  void add(Field field, Binding binding, std::string where) {
    reads_vars_ = reads_vars_ || binding.reads_vars();
    fields_.push_back(std::move(field));
    bindings_.push_back(std::move(binding));
    where_.push_back(std::move(where));
  }

  const std::vector<Field>& fields() const override { return fields_; }

  Result<void> make(const Scope& scope, std::span<Value> values) const override {
    Scope with = scope;
    Map vars;
    std::string problem;
    with.vars = &vars;
    if (reads_vars_ && !vars_->fill(scope, vars, problem)) return Errors(Error{codes::kBadOutput, problem});
    for (std::size_t i = 0; i < bindings_.size(); ++i)
      if (!bindings_[i].evaluate(with, values[i], problem))
        return Errors(
            Error{codes::kBadOutput, fmt::format("output '{}' ({}): {}", fields_[i].name, where_[i], problem)});
    return {};
  }

 private:
  const std::shared_ptr<const StageVars> vars_;
  std::vector<Field> fields_;
  std::vector<Binding> bindings_;   // as fields_
  std::vector<std::string> where_;  // as fields_: "fetch.yaml:7"
  bool reads_vars_ = false;
};

class StageCondition final : public Condition {
 public:
  StageCondition(Binding binding, std::string where) : binding_(std::move(binding)), where_(std::move(where)) {}

  Result<bool> holds(const Scope& scope) const override {
    Value value;
    std::string problem;
    if (!binding_.evaluate(scope, value, problem))
      return Errors(Error{codes::kBadCondition, fmt::format("'if' ({}): {}", where_, problem)});
    if (const bool* flag = value.as_bool()) return *flag;
    return Errors(Error{codes::kBadCondition, fmt::format("'if' ({}): what it reads was not given", where_)});
  }

 private:
  const Binding binding_;
  const std::string where_;
};

std::string where(const ResolveContext& names, const Node& node) {
  const Place place = place_of(names.source(), node);
  if (!place.part.empty()) return place.part;
  return fmt::format("{}:{}", escape_for_display(std::filesystem::path(place.file).filename().string()), place.line);
}

}  // namespace

std::shared_ptr<const Outputs> compile_outputs(const StageForm& stage, const TaskDescription* type,
                                               std::string_view task, const ResolveContext& names,
                                               std::shared_ptr<const StageVars> vars) {
  if (!stage.outputs) return nullptr;
  const auto outputs = std::make_shared<StageOutputs>(std::move(vars));
  bool good = true;
  for (std::size_t i = 0; i < stage.outputs->keys.size(); ++i) {
    const Node& key = stage.outputs->keys[i];
    const Node& node = stage.outputs->children[i];
    if (type && std::any_of(type->results.begin(), type->results.end(),
                            [&](const Field& field) { return field.name == key.text; })) {
      names.diagnostics.add(codes::kDuplicateName, place_of(names.source(), key),
                            fmt::format("a result of '{}' has a field '{}' already", task, key.text),
                            {"give the output another name"});
      good = false;
      continue;
    }
    const std::string what = fmt::format("output '{}'", key.text);
    // Compiled once to find its type, and once more to convert its value to that type.
    const auto untyped = Binding::compile(node, {}, what, names);
    const StaticType shape = untyped ? untyped->shape() : StaticType{};
    auto binding = untyped ? Binding::compile(node, shape.is, what, names) : std::nullopt;
    good = good && binding;
    if (!binding) continue;
    if (binding->reads_stages()) {
      names.diagnostics.add(codes::kWrongReader, place_of(names.source(), node),
                            fmt::format("output '{}' reads results of another stage, and an output is made of the "
                                        "task's own: item, index, vars and result",
                                        key.text),
                            {"a later stage can read both"});
      good = false;
      continue;
    }
    Field field;
    field.name = key.text;
    field.type = shape.is.type;
    field.element = shape.is.element;
    outputs->add(std::move(field), std::move(*binding), where(names, node));
  }
  return good ? outputs : nullptr;
}

CompiledCondition compile_condition(const StageForm& stage, const ResolveContext& names) {
  if (!stage.condition) return {};
  auto binding = Binding::compile(*stage.condition, {Type::boolean, Type::any}, "'if'", names);
  if (!binding || binding->is_unknown()) return {};
  const std::set<std::uint32_t> reads = binding->stages();
  return {std::make_shared<StageCondition>(std::move(*binding), where(names, *stage.condition)), reads};
}

}  // namespace ropewalk
