#include "expressions/resolver.hpp"

#include "expressions/evaluate.hpp"
#include "expressions/pattern.hpp"
#include "workflow/scalar.hpp"

#include <ropewalk/codes.hpp>

#include <fmt/format.h>

namespace ropewalk::detail {

std::optional<StaticType> Resolver::resolve(Expression& expression) {
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

std::optional<StaticType> Resolver::reference(Expression& expression) {
  const std::size_t before = unknown_;
  std::optional<StaticType> shape = root(expression);
  if (shape) shape = follow(*shape, expression.steps);
  const bool is_param = expression.root == Root::param && !names_.unknown_params.contains(expression.name);
  if (expression.kind == Expression::Kind::reference && !is_param) ++unknown_;
  return shape ? fold(expression, *shape, unknown_ == before) : std::nullopt;
}

std::optional<StaticType> Resolver::follow(StaticType shape, std::vector<Step>& steps) {
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

/// `known`: everything that the expression reads is known. A param with an invalid value is not.
std::optional<StaticType> Resolver::fold(Expression& expression, const StaticType& shape, bool known) {
  if (!known || expression.kind == Expression::Kind::literal) return shape;
  Value value;
  std::string problem;
  const Scope scope{.params = names_.params};
  Budget& budget = names_.budget;
  // A part that may never be evaluated stays an expression if it cannot be computed.
  if (!(guarded_ ? evaluate(expression, scope, value, budget, problem)
                 : consume(expression, scope, value, budget, problem))) {
    const Place place = place_in(names_.source(), node_, expression.at, expression.length);
    if (budget.is_spent()) return report_costs(budget, names_.diagnostics, place, "", problem), std::nullopt;
    if (guarded_) return shape;
    return report(codes::kNoValue, expression.at, expression.length, secret_ ? std::string(kHiddenReason) : problem);
  }
  make_literal(expression, std::move(value));
  // The declaration (a duration, elements) says more than the value.
  return shape.is.type == Type::any ? shape_of(expression.value) : shape;
}

void Resolver::make_literal(Expression& expression, Value value) {
  Expression made{.kind = Expression::Kind::literal, .value = std::move(value), .text = std::move(expression.text)};
  made.at = expression.at;
  made.length = expression.length;
  made.root = expression.root;
  made.name = std::move(expression.name);
  made.origin = expression.kind == Expression::Kind::reference && expression.steps.empty();
  expression = std::move(made);
}

std::optional<StaticType> Resolver::call(Expression& expression) {
  const Function& function = *expression.function;
  if (function.order == Function::Order::moment) return moment(expression);
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
    const bool nothing =
        operand.kind == Expression::Kind::literal && operand.value.is_null() && function.operand(i) != OperandKind::any;
    if (!nothing && takes_type(function.operand(i), shapes[i].is.type)) continue;
    std::vector<std::string> notes;
    if (!function.is_operator())
      notes.push_back(fmt::format("it is written {}", function.usage));
    else if (function.name == "+" && shapes[i].is.type == Type::text)
      notes.emplace_back("texts are put together without an operator: ${{ a }}${{ b }}; or use format or concat");
    return report(codes::kWrongType, operand.at, operand.length,
                  fmt::format("'{}' takes {}, but this is {}", function.name, operand_phrase(function.operand(i)),
                              nothing ? "nothing" : type_phrase(shapes[i].is.type)),
                  std::move(notes));
  }
  return patterns_are_valid(expression) ? fold(expression, result_of(function.result, shapes), unknown_ == before)
                                        : std::nullopt;
}

/// Checks regular expressions that are known, although what they are matched with is not.
bool Resolver::patterns_are_valid(const Expression& call) {
  for (std::size_t i = 0; i < call.operands.size(); ++i) {
    const Expression& operand = call.operands[i];
    if (call.function->operand(i) != OperandKind::pattern || operand.kind != Expression::Kind::literal) continue;
    const std::string problem = pattern_problem(*operand.value.as_string(), names_.budget);
    if (problem.empty()) continue;
    if (names_.budget.is_spent())
      report_costs(names_.budget, names_.diagnostics, place_in(names_.source(), node_, operand.at, operand.length), "",
                   problem);
    else
      report(codes::kNoValue, operand.at, operand.length, secret_ ? std::string(kHiddenReason) : problem);
    return false;
  }
  return true;
}

std::optional<StaticType> Resolver::moment(Expression& expression) {
  if (!names_.workflow) return ++unknown_, plain(Type::integer);
  return known(expression, Value(names_.workflow->now_s), plain(Type::integer));
}

StaticType Resolver::result_of(const ResultType& result, const std::vector<StaticType>& operands) {
  switch (result.rule) {
    case ResultType::Rule::fixed: return plain(result.type, result.element);
    case ResultType::Rule::first: return operands.front();
    case ResultType::Rule::numeric: return plain(number_of(operands));
    case ResultType::Rule::branches: break;
  }
  const StaticType &one = operands[operands.size() - 2], &other = operands.back();
  return one.is.type == other.is.type && one.is.element == other.is.element && one.fields == other.fields
             ? one
             : StaticType{};
}

Type Resolver::number_of(const std::vector<StaticType>& operands) {
  bool all_known = true, all_ints = true;
  for (const StaticType& operand : operands) {
    all_known = all_known && operand.is.type != Type::any;
    all_ints = all_ints && (operand.is.type == Type::integer || operand.is.type == Type::size);
  }
  return !all_known ? Type::any : all_ints ? Type::integer : Type::real;
}

/// A copy for each place that reads it.
std::optional<StaticType> Resolver::known(Expression& expression, Value value, const StaticType& shape) {
  if (std::string problem; !names_.budget.make(footprint(value), problem))
    return report_costs(names_.budget, names_.diagnostics,
                        place_in(names_.source(), node_, expression.at, expression.length), "", problem),
           std::nullopt;
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

std::nullopt_t Resolver::report(const char* code, std::size_t at, std::size_t length, std::string message,
                                std::vector<std::string> notes) {
  names_.diagnostics.add(code, place_in(names_.source(), node_, at, length), std::move(message), std::move(notes));
  return std::nullopt;
}

}  // namespace ropewalk::detail
