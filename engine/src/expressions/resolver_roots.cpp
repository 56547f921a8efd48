// Resolves the root of a reference: a param, a var, a stage, ...

#include "expressions/resolver.hpp"

#include "base/suggest.hpp"
#include "base/text.hpp"
#include "expressions/evaluate.hpp"
#include "expressions/stage_vars.hpp"

#include <ropewalk/codes.hpp>

#include <fmt/format.h>

#include <cstdlib>

namespace ropewalk::detail {
namespace {

/// Of the maps in stages.NAME.failures.
const std::vector<Field>& failure_fields() {
  static const std::vector<Field> kFields = [] {
    std::vector<Field> fields;
    for (const auto& [name, type] : {std::pair{"index", Type::integer}, std::pair{"item", Type::any},
                                     std::pair{"outcome", Type::text}, std::pair{"message", Type::text}}) {
      Field& field = fields.emplace_back();
      field.name = name;
      field.type = type;
    }
    return fields;
  }();
  return kFields;
}

Type of_attempt(const Expression& expression) {
  return expression.root == Root::attempt || expression.name == "exit" ? Type::integer : Type::text;
}

}  // namespace

std::optional<StaticType> Resolver::root(Expression& expression) {
  switch (expression.root) {
    case Root::param: return param(expression);
    case Root::results:
    case Root::result:
    case Root::failures:
    case Root::fact: return stage(expression);
    case Root::variable: return variable(expression);
    case Root::env: return environment(expression);
    case Root::workflow: return workflow(expression);
    case Root::run: return plain(Type::text);
    case Root::attempt:
    case Root::previous:
      if (names_.no_attempt.empty()) return plain(of_attempt(expression));
      return report(codes::kNoAttemptHere, expression.at, expression.length,
                    fmt::format("there is no '{}' here: {}", expression.root == Root::attempt ? "attempt" : "previous",
                                names_.no_attempt));
    case Root::own_result:
      if (names_.result) return *names_.result;
      return report(codes::kNoResultHere, expression.at, 6,
                    "there is no 'result' here: a task has one when it has succeeded",
                    {"'outputs' can read it; of another stage it is stages.NAME.result or .results"});
    case Root::item:
    case Root::index: break;
  }
  const bool item = expression.root == Root::item;
  if (!names_.item)
    return report(codes::kNoItemHere, expression.at, item ? 4 : 5,
                  fmt::format("there is no '{}' here: {}", item ? "item" : "index", names_.no_item));
  if (names_.reads_item) *names_.reads_item = true;
  return item ? *names_.item : plain(Type::integer);
}

std::optional<StaticType> Resolver::param(const Expression& expression) {
  if (const ParamForm* form = names_.document.param(expression.name)) {
    secret_ = secret_ || form->field.secret;
    return plain(form->field.type, form->field.element);
  }
  const std::vector<std::string> known = names_.document.params->names();
  return report(codes::kUnknownParam, expression.name_at, expression.name_length,
                fmt::format("the workflow has no param '{}'{}", expression.name, did_you_mean(expression.name, known)),
                {known.empty() ? std::string("declare it under 'params'")
                               : fmt::format("its params are: {}", at_most_ten(known))});
}

std::optional<StaticType> Resolver::variable(Expression& expression) {
  const StageVars::Var* found = names_.vars ? names_.vars->find(expression.name) : nullptr;
  secret_ = secret_ || (found && found->binding.is_secret());
  if (found && found->binding.is_constant() && !found->binding.is_unknown())
    return known(expression, found->binding.constant(), found->shape);
  if (found) return found->shape;
  const std::vector<std::string> known = names_.vars ? names_.vars->names() : std::vector<std::string>();
  return report(
      codes::kUnknownVar, expression.name_at, expression.name_length,
      fmt::format("there is no var '{}' here{}", expression.name, did_you_mean(expression.name, known)),
      {known.empty() ? std::string("declare it under 'vars' of the workflow or of the stage, before it is read")
                     : fmt::format("the vars here are: {}", at_most_ten(known))});
}

std::optional<StaticType> Resolver::environment(Expression& expression) {
  std::optional<std::string> found;
  if (names_.environment)
    if (const auto own = names_.environment->find(expression.name); own != names_.environment->end())
      found = own->second;
  if (!found)
    if (const char* given = std::getenv(expression.name.c_str())) found = given;
  if (!found && !may_be_absent_)
    return report(codes::kUnsetVariable, expression.name_at, expression.name_length,
                  fmt::format("the environment has no '{}'", expression.name),
                  {fmt::format("set it, or say what stands for it: env.{} ?? 'text'", expression.name)});
  const bool text = !found || is_utf8(*found);
  Value value = !found ? Value() : text ? Value(*found) : Value(Path{*found});
  const StaticType shape = shape_of(value);
  return known(expression, std::move(value), shape);
}

std::optional<StaticType> Resolver::workflow(Expression& expression) {
  if (!names_.workflow) return plain(Type::text);
  if (expression.name == "name") return known(expression, Value(names_.workflow->name), plain(Type::text));
  return known(expression, Value(Path{expression.name == "dir" ? names_.workflow->dir : names_.workflow->file}),
               plain(Type::path));
}

std::optional<StaticType> Resolver::stage(Expression& expression) {
  if (!names_.no_stages.empty())
    return report(codes::kNoItemHere, expression.at, expression.length,
                  fmt::format("no stage can be read here: {}", names_.no_stages));
  if (const auto found = names_.stages.find(expression.name)) {
    if (*found == names_.here)
      return report(codes::kLaterStage, expression.name_at, expression.name_length,
                    fmt::format("stage '{}' cannot read its own results", expression.name),
                    {"a task's own parameters are 'item' and 'params'"});
    expression.stage = *found;
    if (expression.root == Root::fact) return plain(expression.fact == StageFact::outcome ? Type::text : Type::integer);
    if (expression.root == Root::failures)
      return StaticType{{Type::list, Type::map}, &failure_fields(), false, "a failure"};
    return results_of(expression, names_.stages[*found]);
  }
  std::vector<std::string> others;
  for (std::size_t i = 0; i < names_.stages.size(); ++i)
    if (i != names_.here && !names_.stages[i].name.empty()) others.emplace_back(names_.stages[i].name);
  return report(codes::kUnknownStage, expression.name_at, expression.name_length,
                fmt::format("there is no stage '{}'{}", expression.name, did_you_mean(expression.name, others)),
                {others.empty() ? std::string("there is no other stage")
                                : fmt::format("the other stages are: {}", at_most_ten(others))});
}

std::optional<StaticType> Resolver::results_of(const Expression& expression, const KnownStage& known) {
  const bool all = expression.root == Root::results;
  if (!all && known.fans_out)
    return report(codes::kUnknownField, expression.at, expression.length,
                  fmt::format("stage '{}' has a foreach, so it has many results", known.name),
                  {fmt::format("write stages.{}.results, the list of them", known.name)});
  const Wanted is = all ? Wanted{Type::list, Type::map} : Wanted{Type::map, Type::any};
  if (!known.results) return StaticType{is, nullptr, false, {}};
  return StaticType{is, known.results, true, known.task};
}

}  // namespace ropewalk::detail
