#include "expressions/resolve_context.hpp"

#include "base/suggest.hpp"
#include "base/text.hpp"
#include "expressions/evaluate.hpp"
#include "expressions/stage_vars.hpp"
#include "workflow/scalar.hpp"

#include <ropewalk/codes.hpp>

#include <fmt/format.h>

#include <cstdlib>
#include <utility>

namespace ropewalk {
namespace {

std::vector<std::string> names_of(const std::vector<Field>& fields) {
  std::vector<std::string> names;
  for (const Field& field : fields) names.push_back(field.name);
  return names;
}

StaticType plain(Type type, Type element = Type::any) { return StaticType{{type, element}, nullptr, false, {}}; }

/// One expression of a text, from its leaves to its root.
class Resolver {
 public:
  Resolver(const Node& node, const ResolveContext& names) : node_(node), names_(names), secret_(names.secret) {}

  /// Whether it has read a secret so far.
  bool secret() const { return secret_; }

  std::optional<StaticType> resolve(Expression& expression) {
    switch (expression.kind) {
      case Expression::Kind::literal: return shape_of(expression.value);
      case Expression::Kind::reference: return reference(expression);
      case Expression::Kind::part: {
        const std::size_t before = unknown_;
        std::optional<StaticType> shape = resolve(expression.operands.front());
        if (shape) shape = follow(*shape, expression.steps);
        return shape ? fold(expression, *shape, unknown_ == before) : std::nullopt;
      }
      case Expression::Kind::call: return call(expression);
    }
    return std::nullopt;
  }

 private:
  std::optional<StaticType> reference(Expression& expression) {
    const std::size_t before = unknown_;
    std::optional<StaticType> shape = root(expression);
    if (shape) shape = follow(*shape, expression.steps);
    const bool is_param = expression.root == Root::param && !names_.unknown_params.contains(expression.name);
    if (expression.kind == Expression::Kind::reference && !is_param) ++unknown_;
    return shape ? fold(expression, *shape, unknown_ == before) : std::nullopt;
  }

  std::optional<StaticType> follow(StaticType shape, std::vector<Step>& steps) {
    bool projected = false;
    for (Step& step : steps) {
      projected = projected || step.kind == Step::Kind::each;
      if (step.computed && !resolve(*step.computed)) return std::nullopt;
      const std::optional<StaticType> next = take(shape, step);
      if (!next) return std::nullopt;
      shape = *next;
    }
    if (projected) shape.is = {Type::list, shape.is.type};
    return shape;
  }

  /// `known`: everything that it reads is, and so is its value. A param whose own value is a diagnostic has none.
  std::optional<StaticType> fold(Expression& expression, const StaticType& shape, bool known) {
    if (!known || expression.kind == Expression::Kind::literal) return shape;
    Value value;
    std::string problem;
    const Scope scope{.params = names_.params};
    Budget& budget = names_.budget;
    // What may never be asked for stays as it is where it cannot be computed.
    if (!(guarded_ ? evaluate(expression, scope, value, budget, problem) : consume(expression, scope, value, budget, problem))) {
      const Place place = place_in(names_.source(), node_, expression.at, expression.length);
      if (budget.is_spent()) return report_costs(budget, names_.diagnostics, place, "", problem), std::nullopt;
      if (guarded_) return shape;
      return tell(codes::kNoValue, expression.at, expression.length, secret_ ? std::string(kHiddenReason) : problem);
    }
    make_literal(expression, std::move(value));
    // What a declaration says of it (a duration, elements) is more than its value shows.
    return shape.is.type == Type::any ? shape_of(expression.value) : shape;
  }

  static void make_literal(Expression& expression, Value value) {
    Expression made{.kind = Expression::Kind::literal, .value = std::move(value), .text = std::move(expression.text)};
    made.at = expression.at;
    made.length = expression.length;
    made.root = expression.root;
    made.name = std::move(expression.name);
    made.origin = expression.kind == Expression::Kind::reference && expression.steps.empty();
    expression = std::move(made);
  }

  std::optional<StaticType> call(Expression& expression) {
    const Function& function = *expression.function;
    const bool fallback = function.order == Function::Order::fallback;
    const std::size_t before = unknown_;
    std::vector<StaticType> shapes;
    for (std::size_t i = 0; i < expression.operands.size(); ++i) {
      const bool outer = std::exchange(may_be_absent_, fallback && i == 0);
      const bool needed = i == 0 || function.order == Function::Order::strict;
      const bool outer_guard = std::exchange(guarded_, guarded_ || fallback || !needed);
      const std::optional<StaticType> shape = resolve(expression.operands[i]);
      may_be_absent_ = outer;
      guarded_ = outer_guard;
      if (!shape) return std::nullopt;
      shapes.push_back(*shape);
    }
    for (std::size_t i = 0; i < shapes.size(); ++i) {
      const Expression& operand = expression.operands[i];
      const bool nothing = operand.kind == Expression::Kind::literal && operand.value.is_null() && function.operand(i) != OperandKind::any;
      if (!nothing && takes_type(function.operand(i), shapes[i].is.type)) continue;
      std::vector<std::string> notes;
      if (!function.is_operator()) notes.push_back(fmt::format("it is written {}", function.usage));
      else if (function.name == "+" && shapes[i].is.type == Type::text) notes.emplace_back("texts are put together without an operator: ${{ a }}${{ b }}; or use format or concat");
      return tell(codes::kWrongType, operand.at, operand.length,
                  fmt::format("'{}' takes {}, but this is {}", function.name, operand_phrase(function.operand(i)), nothing ? "nothing" : type_phrase(shapes[i].is.type)),
                  std::move(notes));
    }
    return fold(expression, result_of(function.result, shapes), unknown_ == before);
  }

  static StaticType result_of(const ResultType& result, const std::vector<StaticType>& operands) {
    switch (result.rule) {
      case ResultType::Rule::fixed: return plain(result.type, result.element);
      case ResultType::Rule::first: return operands.front();
      case ResultType::Rule::numeric: return plain(number_of(operands));
      case ResultType::Rule::branches: break;
    }
    const StaticType &one = operands[operands.size() - 2], &other = operands.back();
    return one.is.type == other.is.type && one.is.element == other.is.element && one.fields == other.fields ? one : StaticType{};
  }

  static Type number_of(const std::vector<StaticType>& operands) {
    bool all_known = true, all_ints = true;
    for (const StaticType& operand : operands) {
      all_known = all_known && operand.is.type != Type::any;
      all_ints = all_ints && (operand.is.type == Type::integer || operand.is.type == Type::size);
    }
    return !all_known ? Type::any : all_ints ? Type::integer : Type::real;
  }

  std::nullopt_t tell(const char* code, std::size_t at, std::size_t length, std::string message,
                      std::vector<std::string> notes = {}) {
    names_.diagnostics.add(code, place_in(names_.source(), node_, at, length), std::move(message), std::move(notes));
    return std::nullopt;
  }

  std::optional<StaticType> root(Expression& expression) {
    switch (expression.root) {
      case Root::param: return param(expression);
      case Root::results:
      case Root::result:
      case Root::fact: return stage(expression);
      case Root::variable: return variable(expression);
      case Root::env: return environment(expression);
      case Root::workflow: return workflow(expression);
      case Root::run: return plain(Type::text);
      case Root::own_result:
        if (names_.result) return *names_.result;
        return tell(codes::kNoResultHere, expression.at, 6, "there is no 'result' here: a task has one when it has succeeded",
                    {"'outputs' can read it; of another stage it is stages.NAME.result or .results"});
      case Root::item:
      case Root::index: break;
    }
    const bool item = expression.root == Root::item;
    if (!names_.item)
      return tell(codes::kNoItemHere, expression.at, item ? 4 : 5,
                  fmt::format("there is no '{}' here: {}", item ? "item" : "index", names_.no_item));
    if (names_.reads_item) *names_.reads_item = true;
    return item ? *names_.item : plain(Type::integer);
  }

  std::optional<StaticType> param(const Expression& expression) {
    if (const ParamForm* form = names_.document.param(expression.name)) {
      secret_ = secret_ || form->field.secret;
      return plain(form->field.type, form->field.element);
    }
    const std::vector<std::string> known = names_.document.params->names();
    return tell(
        codes::kUnknownParam, expression.name_at, expression.name_length,
        fmt::format("the workflow has no param '{}'{}", expression.name, did_you_mean(expression.name, known)),
        {known.empty() ? std::string("declare it under 'params'")
                       : fmt::format("its params are: {}", at_most_ten(known))});
  }

  std::optional<StaticType> variable(Expression& expression) {
    const StageVars::Var* found = names_.vars ? names_.vars->find(expression.name) : nullptr;
    secret_ = secret_ || (found && found->binding.is_secret());
    if (found && found->binding.is_constant() && !found->binding.is_unknown()) return known(expression, found->binding.constant(), found->shape);
    if (found) return found->shape;
    const std::vector<std::string> known = names_.vars ? names_.vars->names() : std::vector<std::string>();
    return tell(codes::kUnknownVar, expression.name_at, expression.name_length,
                fmt::format("there is no var '{}' here{}", expression.name, did_you_mean(expression.name, known)),
                {known.empty() ? std::string("declare it under 'vars' of the workflow or of the stage, before it is read")
                               : fmt::format("the vars here are: {}", at_most_ten(known))});
  }

  /// Known before the run, like params. Unset it is an error, unless `??` has a value for it.
  std::optional<StaticType> environment(Expression& expression) {
    std::optional<std::string> found;
    if (names_.environment)
      if (const auto own = names_.environment->find(expression.name); own != names_.environment->end()) found = own->second;
    if (!found)
      if (const char* given = std::getenv(expression.name.c_str())) found = given;
    if (!found && !may_be_absent_)
      return tell(codes::kUnsetVariable, expression.name_at, expression.name_length, fmt::format("the environment has no '{}'", expression.name),
                  {fmt::format("set it, or say what stands for it: env.{} ?? 'text'", expression.name)});
    const bool text = !found || is_utf8(*found);
    Value value = !found ? Value() : text ? Value(*found) : Value(Path{*found});
    const StaticType shape = shape_of(value);
    return known(expression, std::move(value), shape);
  }

  std::optional<StaticType> workflow(Expression& expression) {
    if (!names_.workflow) return plain(Type::text);
    if (expression.name == "name") return known(expression, Value(names_.workflow->name), plain(Type::text));
    return known(expression, Value(Path{expression.name == "dir" ? names_.workflow->dir : names_.workflow->file}), plain(Type::path));
  }

  /// A copy for each place that reads it.
  std::optional<StaticType> known(Expression& expression, Value value, const StaticType& shape) {
    if (std::string problem; !names_.budget.make(footprint(value), problem))
      return report_costs(names_.budget, names_.diagnostics, place_in(names_.source(), node_, expression.at, expression.length), "", problem), std::nullopt;
    std::vector<Step> steps = std::exchange(expression.steps, {});
    make_literal(expression, std::move(value));
    if (steps.empty()) return shape;
    Expression part{.kind = Expression::Kind::part, .text = std::move(expression.text)};
    part.at = expression.at;
    part.length = expression.length;
    part.steps = std::move(steps);
    part.operands.push_back(std::move(expression));
    expression = std::move(part);
    return shape;
  }

  std::optional<StaticType> stage(Expression& expression) {
    if (!names_.no_stages.empty())
      return tell(codes::kNoItemHere, expression.at, expression.length, fmt::format("no stage can be read here: {}", names_.no_stages));
    if (const auto found = names_.stages.find(expression.name)) {
      if (*found == names_.here)
        return tell(codes::kLaterStage, expression.name_at, expression.name_length,
                    fmt::format("stage '{}' cannot read its own results", expression.name),
                    {"a task's own parameters are 'item' and 'params'"});
      expression.stage = *found;
      if (expression.root == Root::fact) return plain(expression.fact == StageFact::outcome ? Type::text : Type::integer);
      return results_of(expression, names_.stages[*found]);
    }
    std::vector<std::string> others;
    for (std::size_t i = 0; i < names_.stages.size(); ++i)
      if (i != names_.here && !names_.stages[i].name.empty()) others.emplace_back(names_.stages[i].name);
    return tell(codes::kUnknownStage, expression.name_at, expression.name_length,
                fmt::format("there is no stage '{}'{}", expression.name, did_you_mean(expression.name, others)),
                {others.empty() ? std::string("there is no other stage")
                                : fmt::format("the other stages are: {}", at_most_ten(others))});
  }

  std::optional<StaticType> results_of(const Expression& expression, const KnownStage& known) {
    const bool all = expression.root == Root::results;
    if (!all && known.fans_out)
      return tell(codes::kUnknownField, expression.at, expression.length,
                  fmt::format("stage '{}' has a foreach, so it has many results", known.name),
                  {fmt::format("write stages.{}.results, the list of them", known.name)});
    const Wanted is = all ? Wanted{Type::list, Type::map} : Wanted{Type::map, Type::any};
    if (!known.results) return StaticType{is, nullptr, false, {}};
    return StaticType{is, known.results, true, known.task};
  }

  std::optional<StaticType> take(const StaticType& from, Step& step) {
    if (from.is.type == Type::any) return StaticType{};
    if (step.kind == Step::Kind::member) return member(from, step);
    if (step.kind == Step::Kind::computed && from.is.type == Type::map) return plain(from.is.element);
    if (from.is.type != Type::list)
      return tell(codes::kUnknownField, step.at, step.length,
                  fmt::format("'{}' is asked of {}, which is no list", step.kind == Step::Kind::each ? "[*]" : "[n]",
                              type_phrase(from.is.type)));
    return StaticType{{from.is.element, Type::any}, from.fields, from.declared, from.fields_of};
  }

  std::optional<StaticType> member(const StaticType& from, Step& step) {
    if (from.is.type == Type::list)
      return tell(codes::kUnknownField, step.at, step.length, fmt::format("'.{}' is asked of a list", step.name),
                  {fmt::format("write [*].{} for that of every element, or [0].{} for that of the first", step.name,
                               step.name)});
    if (from.is.type != Type::map)
      return tell(codes::kUnknownField, step.at, step.length,
                  fmt::format("'.{}' is asked of {}, which has no members", step.name, type_phrase(from.is.type)));
    if (!from.fields) return StaticType{{from.is.element, Type::any}, nullptr, false, {}};
    for (const Field& field : *from.fields) {
      if (field.name != step.name) continue;
      step.may_be_absent = from.declared;
      return StaticType{{field.type, field.element}, nullptr, false, {}};
    }
    const std::vector<std::string> known = names_of(*from.fields);
    const std::string has =
        known.empty() ? std::string("it has none") : fmt::format("it has: {}", field_names(*from.fields));
    return tell(codes::kUnknownField, step.at, step.length,
                from.declared ? fmt::format("a result of '{}' has no field '{}'{}", from.fields_of, step.name,
                                            did_you_mean(step.name, known))
                              : fmt::format("an item has no '{}'{}", step.name, did_you_mean(step.name, known)),
                {has});
  }

  const Node& node_;
  const ResolveContext& names_;
  bool secret_;
  std::size_t unknown_ = 0;     // references so far that have no value yet
  bool may_be_absent_ = false;  // what stands to the left of ??
  bool guarded_ = false;        // what may never be evaluated, as behind a condition
};

}  // namespace

StaticType shape_of(const Value& value) {
  switch (value.kind()) {
    case Value::Kind::null: return plain(Type::any);
    case Value::Kind::boolean: return plain(Type::boolean);
    case Value::Kind::integer: return plain(Type::integer);
    case Value::Kind::real: return plain(Type::real);
    case Value::Kind::text: return plain(Type::text);
    case Value::Kind::bytes: return plain(Type::bytes);
    case Value::Kind::path: return plain(Type::path);
    case Value::Kind::list: return plain(Type::list);
    case Value::Kind::map: return plain(Type::map);
  }
  return {};
}

std::optional<StaticType> resolve(Expression& expression, const Node& node, const ResolveContext& names) {
  if (names.budget.is_spent() || names.diagnostics.is_long()) return std::nullopt;
  Resolver resolver(node, names);
  const std::optional<StaticType> shape = resolver.resolve(expression);
  expression.secret = resolver.secret();
  return shape;
}

bool pay(const ResolveContext& names, const Node& node, std::uint64_t bytes, std::string_view what) {
  std::string problem;
  if (names.budget.is_spent()) return false;
  if (names.budget.make(bytes, problem)) return true;
  report_costs(names.budget, names.diagnostics, place_of(names.source(), node), what, problem);
  return false;
}

std::size_t compiled_size(const Node& node) {
  constexpr std::size_t kBinding = 512;
  std::size_t size = kBinding + node.text.size();
  for (const Node& key : node.keys) size += sizeof key.text + key.text.size();
  for (const Node& child : node.children) size += compiled_size(child);
  return size;
}

void report_problems(const ParsedText& text, const Node& node, const ResolveContext& names) {
  for (const ExpressionProblem& problem : text.problems)
    names.diagnostics.add(
        problem.code, place_in(names.source(), node, problem.at, problem.length), problem.message,
        problem.way_out.empty() ? std::vector<std::string>{} : std::vector<std::string>{problem.way_out});
}

std::string field_names(const std::vector<Field>& fields) { return at_most_ten(names_of(fields)); }

}  // namespace ropewalk
