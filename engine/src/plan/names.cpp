#include "plan/names.hpp"

#include "base/suggest.hpp"
#include "workflow/scalar.hpp"

#include <ropewalk/codes.hpp>

#include <fmt/format.h>

namespace ropewalk {
namespace {

std::vector<std::string> names_of(const std::vector<Field>& fields) {
  std::vector<std::string> names;
  for (const Field& field : fields) names.push_back(field.name);
  return names;
}

std::string at_most_ten(std::vector<std::string> names) {
  constexpr std::size_t kMost = 10;
  if (names.size() > kMost) names.resize(kMost), names.emplace_back("...");
  return fmt::format("{}", fmt::join(names, ", "));
}

class Resolver {
 public:
  Resolver(Expression& expression, const Node& node, const Names& names)
      : expression_(expression), node_(node), names_(names) {}

  std::optional<Shape> resolve() {
    std::optional<Shape> shape = root();
    if (!shape) return std::nullopt;
    int projected = 0;
    for (Step& step : expression_.steps) {
      if (step.kind == Step::Kind::each) ++projected;
      shape = take(*shape, step);
      if (!shape) return std::nullopt;
    }
    if (projected == 1) shape->is = {Type::list, shape->is.type};
    else if (projected > 1) shape = Shape{{Type::list, Type::list}, nullptr, false, {}};
    return shape;
  }

 private:
  std::nullopt_t tell(const char* code, std::size_t at, std::size_t length, std::string message,
                      std::vector<std::string> notes = {}) {
    names_.mistakes.add(code, place_in(names_.source(), node_, at, length), std::move(message), std::move(notes));
    return std::nullopt;
  }

  std::optional<Shape> root() {
    switch (expression_.root) {
      case Expression::Root::param: return param();
      case Expression::Root::results:
      case Expression::Root::result: return stage();
      case Expression::Root::item:
      case Expression::Root::index: break;
    }
    const bool item = expression_.root == Expression::Root::item;
    if (!names_.item)
      return tell(codes::kNoItemHere, expression_.at, item ? 4 : 5,
                  fmt::format("there is no '{}' here: {}", item ? "item" : "index", names_.no_item));
    return item ? *names_.item : Shape{{Type::integer, Type::any}, nullptr, false, {}};
  }

  std::optional<Shape> param() {
    if (const ParamForm* form = names_.document.param(expression_.name))
      return Shape{{form->field.type, form->field.element}, nullptr, false, {}};
    std::vector<std::string> known;
    for (const ParamForm& form : names_.document.params) known.push_back(form.key->text);
    return tell(
        codes::kUnknownParam, expression_.name_at, expression_.name_length,
        fmt::format("the workflow has no param '{}'{}", expression_.name, did_you_mean(expression_.name, known)),
        {known.empty() ? std::string("declare it under 'params'")
                       : fmt::format("its params are: {}", fmt::join(known, ", "))});
  }

  std::optional<Shape> stage() {
    if (const auto found = names_.stages.find(expression_.name)) {
      if (*found == names_.here)
        return tell(codes::kLaterStage, expression_.name_at, expression_.name_length,
                    fmt::format("stage '{}' cannot read its own results", expression_.name),
                    {"a task's own parameters are 'item' and 'params'"});
      expression_.stage = *found;
      return results_of(names_.stages[*found]);
    }
    std::vector<std::string> others;
    for (std::size_t i = 0; i < names_.stages.size(); ++i)
      if (i != names_.here && !names_.stages[i].name.empty()) others.emplace_back(names_.stages[i].name);
    return tell(codes::kUnknownStage, expression_.name_at, expression_.name_length,
                fmt::format("there is no stage '{}'{}", expression_.name, did_you_mean(expression_.name, others)),
                {others.empty() ? std::string("there is no other stage")
                                : fmt::format("the other stages are: {}", at_most_ten(others))});
  }

  std::optional<Shape> results_of(const KnownStage& known) {
    const bool all = expression_.root == Expression::Root::results;
    if (!all && known.fans_out)
      return tell(codes::kUnknownField, expression_.at, expression_.length,
                  fmt::format("stage '{}' has a foreach, so it has many results", known.name),
                  {fmt::format("write stages.{}.results, the list of them", known.name)});
    const Wanted is = all ? Wanted{Type::list, Type::map} : Wanted{Type::map, Type::any};
    if (!known.type) return Shape{is, nullptr, false, {}};
    return Shape{is, &known.type->results, true, known.task};
  }

  std::optional<Shape> take(const Shape& from, Step& step) {
    if (from.is.type == Type::any) return Shape{};
    if (step.kind == Step::Kind::member) return member(from, step);
    if (from.is.type != Type::list)
      return tell(codes::kUnknownField, step.at, step.length,
                  fmt::format("'{}' is asked of {}, which is no list", step.kind == Step::Kind::each ? "[*]" : "[n]",
                              type_phrase(from.is.type)));
    return Shape{{from.is.element, Type::any}, from.fields, from.declared, from.fields_of};
  }

  std::optional<Shape> member(const Shape& from, Step& step) {
    if (from.is.type == Type::list)
      return tell(codes::kUnknownField, step.at, step.length, fmt::format("'.{}' is asked of a list", step.name),
                  {fmt::format("write [*].{} for that of every element, or [0].{} for that of the first", step.name,
                               step.name)});
    if (from.is.type != Type::map)
      return tell(codes::kUnknownField, step.at, step.length,
                  fmt::format("'.{}' is asked of {}, which has no members", step.name, type_phrase(from.is.type)));
    if (!from.fields) return Shape{{from.is.element, Type::any}, nullptr, false, {}};
    for (const Field& field : *from.fields) {
      if (field.name != step.name) continue;
      step.may_be_absent = from.declared;
      return Shape{{field.type, field.element}, nullptr, false, {}};
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

  Expression& expression_;
  const Node& node_;
  const Names& names_;
};

}  // namespace

std::optional<Shape> resolve(Expression& expression, const Node& node, const Names& names) {
  return Resolver(expression, node, names).resolve();
}

void tell_problems(const ParsedText& text, const Node& node, const Names& names) {
  for (const ExpressionProblem& problem : text.problems)
    names.mistakes.add(
        problem.code, place_in(names.source(), node, problem.at, problem.length), problem.message,
        problem.way_out.empty() ? std::vector<std::string>{} : std::vector<std::string>{problem.way_out});
}

std::string field_names(const std::vector<Field>& fields) { return at_most_ten(names_of(fields)); }

}  // namespace ropewalk
