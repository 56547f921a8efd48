#include "expressions/evaluate.hpp"

#include "base/text.hpp"
#include "expressions/convert.hpp"

#include <ropewalk/codes.hpp>

#include <fmt/format.h>

#include <charconv>
#include <span>
#include <utility>

namespace ropewalk {
namespace {

const Value& null_value() {
  static const Value kNull;
  return kNull;
}

std::string names_of(const Map& map) {
  constexpr std::size_t kMax = 10;
  std::string names;
  std::size_t count = 0;
  for (const auto& [name, value] : map) {
    if (count++ == kMax) return names + ", ...";
    if (!names.empty()) names += ", ";
    names += escape_for_display(name);
  }
  return names.empty() ? "nothing" : names;
}

/// Evaluates one expression. `absent` distinguishes a missing value, which `??` replaces, from an error.
class Evaluator {
 public:
  /// `consumed`: the expression is not const, and its literals are not read again.
  Evaluator(const Scope& scope, Budget& budget, std::string& problem, bool consumed)
      : scope_(scope), budget_(budget), problem_(problem), consumed_(consumed) {}

  bool value(const Expression& expression, Value& out) {
    switch (expression.kind) {
      case Expression::Kind::literal: return literal(expression, out);
      case Expression::Kind::reference:
        return reference(expression, out) && (!budget_.is_of_plan() || budget_.make(footprint(out), problem_));
      case Expression::Kind::part: {
        Value whole;
        return value(expression.operands.front(), whole) && follow(whole, expression.steps, out) &&
               budget_.make(footprint(out), problem_);
      }
      case Expression::Kind::call: return call(expression, out);
    }
    return false;
  }

 private:
  /// A large literal is copied for each task that reads it, unless its last reader is a call that becomes a literal.
  bool literal(const Expression& expression, Value& out) {
    if (consumed_) return out = std::move(const_cast<Expression&>(expression).value), true;
    out = expression.value;
    return !budget_.is_of_plan() || budget_.make(footprint(out), problem_);
  }

  template <class... Parts>
  bool fail(fmt::format_string<Parts...> text, Parts&&... parts) {
    problem_ = fmt::format(text, std::forward<Parts>(parts)...);
    return false;
  }
  template <class... Parts>
  bool missing(fmt::format_string<Parts...> text, Parts&&... parts) {
    absent_ = true;
    return fail(text, std::forward<Parts>(parts)...);
  }

  bool reference(const Expression& expression, Value& out) {
    switch (expression.root) {
      case Root::item:
        if (!scope_.item) return fail("there is no item");
        return follow(*scope_.item, expression.steps, out);
      case Root::index: return follow(Value(static_cast<std::int64_t>(scope_.index)), expression.steps, out);
      case Root::param: {
        const auto found = scope_.params.find(expression.name);
        if (found == scope_.params.end()) return fail("there is no param '{}'", expression.name);
        return follow(found->second, expression.steps, out);
      }
      case Root::results:
      case Root::result:
      case Root::failures: return results(expression, out);
      case Root::fact: return fact(expression, out);
      case Root::variable: {
        if (scope_.vars)
          if (const auto found = scope_.vars->find(expression.name); found != scope_.vars->end())
            return follow(found->second, expression.steps, out);
        return fail("var '{}' has no value here: it reads what is known only to tasks, such as run.id or item",
                    expression.name);
      }
      case Root::own_result:
        if (!scope_.result) return fail("there is no result");
        return follow(*scope_.result, expression.steps, out);
      case Root::run: return follow(Value(scope_.run_id), expression.steps, out);
      case Root::attempt: return follow(Value(std::int64_t{scope_.attempt}), expression.steps, out);
      case Root::previous: {
        if (!scope_.previous) return missing("there is no attempt before the first");
        const PreviousAttempt& previous = *scope_.previous;
        if (expression.name == "exit") {
          if (!previous.exit_code) return missing("the attempt before has no exit code");
          return follow(Value(std::int64_t{*previous.exit_code}), expression.steps, out);
        }
        return follow(Value(expression.name == "outcome" ? previous.outcome : previous.message), expression.steps, out);
      }
      case Root::env: return missing("the environment has no '{}'", expression.name);
      case Root::workflow: return fail("there is no workflow.{}", expression.name);
    }
    return false;
  }

  bool fact(const Expression& expression, Value& out) {
    if (!scope_.results) return fail("no stage can be read here");
    const StageFacts facts = scope_.results->facts(expression.stage);
    const auto count = [](std::uint64_t number) { return Value(static_cast<std::int64_t>(number)); };
    switch (expression.fact) {
      case StageFact::outcome: return follow(Value(facts.outcome), expression.steps, out);
      case StageFact::tasks: return follow(count(facts.tasks), expression.steps, out);
      case StageFact::succeeded: return follow(count(facts.succeeded), expression.steps, out);
      case StageFact::failed: return follow(count(facts.failed), expression.steps, out);
    }
    return false;
  }

  template <class Visit>
  void each_row(const Expression& expression, const Visit& visit) {
    if (expression.root != Root::failures)
      return scope_.results->visit(expression.stage, [&](std::uint64_t, const Value& value) { visit(value); });
    scope_.results->visit_failures(expression.stage, [&](const StageFailure& failure) {
      visit(Value(Map{{"index", static_cast<std::int64_t>(failure.index)},
                      {"item", failure.item == nullptr ? Value() : *failure.item},
                      {"outcome", failure.outcome},
                      {"message", failure.message}}));
    });
  }

  /// stages.NAME.results or .failures. If only parts of the list are needed, it is never built.
  bool results(const Expression& expression, Value& out) {
    if (!scope_.results) return fail("no results can be read here");
    const std::span<const Step> steps(expression.steps);
    std::optional<std::uint64_t> wanted;
    if (expression.root == Root::result)
      wanted = 0;
    else if (!steps.empty() && (steps[0].kind == Step::Kind::index || steps[0].kind == Step::Kind::computed)) {
      std::uint64_t index = 0;
      if (!index_of(steps[0], index)) return false;
      wanted = index;
    }
    if (wanted) {
      const std::span<const Step> rest = expression.root == Root::result ? steps : steps.subspan(1);
      std::uint64_t count = 0;
      bool good = false;
      each_row(expression, [&](const Value& value) {
        if (count++ == *wanted) good = follow(value, rest, out);
      });
      if (count > *wanted) return good;
      if (expression.root == Root::result) return missing("stage '{}' has no result", expression.name);
      const char* const what = expression.root == Root::failures ? "failure" : "result";
      return missing("{} [{}] is asked of {} {}s", what, *wanted, count, what);
    }
    const bool each = !steps.empty() && steps[0].kind == Step::Kind::each;
    if (!each && !steps.empty()) return fail("'.{}' is asked of a list", steps[0].name);
    const std::span<const Step> rest = each ? steps.subspan(1) : steps;
    List all;
    bool good = true;
    each_row(expression, [&](const Value& value) {
      if (good) good = gather_one(value, rest, all);
    });
    if (good) out = std::move(all);
    return good;
  }

  bool index_of(const Step& step, std::uint64_t& index) {
    if (step.kind == Step::Kind::index) return index = step.index, true;
    Value made;
    if (!value(*step.computed, made)) return false;
    const std::int64_t* number = made.as_int();
    if (!number) return fail("between [ and ] stands an int, but this is {}", kind_phrase(made.kind()));
    if (*number < 0) return missing("'[{}]' is asked of a list, which begins with [0]", *number);
    return index = static_cast<std::uint64_t>(*number), true;
  }

  /// Follows one step from a value to a part of it. Null: `problem` is set.
  const Value* take(const Value& from, const Step& step) {
    if (step.kind == Step::Kind::member) return member(from, step.name, step.may_be_absent);
    if (step.kind == Step::Kind::computed && from.as_map()) {
      Value key;
      if (!value(*step.computed, key)) return nullptr;
      const std::string* name = key.kind() == Value::Kind::bytes ? nullptr : key.as_string();
      if (!name) return fail("a map's members have names, but this is {}", kind_phrase(key.kind())), nullptr;
      return member(from, *name, false);
    }
    std::uint64_t index = 0;
    if (!index_of(step, index)) return nullptr;
    const std::optional<std::uint64_t> size = from.list_size();
    if (from.is_null()) return missing("'[{}]' is asked of nothing", index), nullptr;
    if (!size) return fail("'[{}]' is asked of {}, which is no list", index, kind_phrase(from.kind())), nullptr;
    if (index >= *size) return missing("'[{}]' is asked of a list of {}", index, *size), nullptr;
    if (!is_range(from)) return &(*from.as_list())[index];
    of_range_ = from.element(index);
    return &of_range_;
  }

  static bool is_range(const Value& value) {
    const SharedList* shared = value.as_shared_list();
    return shared && shared->is_range();
  }

  const Value* member(const Value& from, const std::string& name, bool may_be_absent) {
    const Map* map = from.as_map();
    if (from.is_null()) return missing("'.{}' is asked of nothing", name), nullptr;
    if (!map) return fail("'.{}' is asked of {}, which has no members", name, kind_phrase(from.kind())), nullptr;
    if (const auto found = map->find(name); found != map->end()) return &found->second;
    if (may_be_absent) return &null_value();
    return missing("there is no member '{}' (there is {})", escape_for_display(name), names_of(*map)), nullptr;
  }

  bool follow(const Value& start, std::span<const Step> steps, Value& out) {
    const Value* at = walk(start, steps);
    if (!at) return false;
    if (steps.empty()) return out = *at, true;
    List all;
    if (!gather(*at, steps, all)) return false;
    out = std::move(all);
    return true;
  }

  /// Follows steps up to the next `[*]`, or to their end. Null: `problem` is set.
  const Value* walk(const Value& start, std::span<const Step>& steps) {
    const Value* at = &start;
    for (; at && !steps.empty() && steps.front().kind != Step::Kind::each; steps = steps.subspan(1))
      at = take(*at, steps.front());
    return at;
  }

  /// Follows the steps from each element of a list. The first is `[*]`; further ones flatten their lists into one.
  bool gather(const Value& from, std::span<const Step> steps, List& all) {
    if (!from.list_size()) return fail("'[*]' is asked of {}, which is no list", kind_phrase(from.kind()));
    if (is_range(from) && !budget_.make(*from.list_size() * sizeof(Value), problem_)) return false;
    const List* list = from.as_list();
    if (steps.size() == 1) return all.insert(all.end(), list->begin(), list->end()), true;
    for (const Value& element : *list)
      if (!gather_one(element, steps.subspan(1), all)) return false;
    return true;
  }
  bool gather_one(const Value& element, std::span<const Step> steps, List& all) {
    const Value* at = walk(element, steps);
    if (!at) return false;
    if (!steps.empty()) return gather(*at, steps, all);
    return all.push_back(*at), true;
  }

  bool call(const Expression& expression, Value& out) {
    const std::vector<Expression>& operands = expression.operands;
    switch (expression.function->order) {
      case Function::Order::strict: break;
      case Function::Order::fallback: {
        const bool found = value(operands[0], out);
        if (found && !out.is_null()) return true;
        if (!found && !std::exchange(absent_, false)) return false;
        problem_.clear();
        return value(operands[1], out);
      }
      case Function::Order::both:
      case Function::Order::either: {
        bool left = false;
        if (!condition(expression, operands[0], left)) return false;
        if (left == (expression.function->order == Function::Order::either)) return out = left, true;
        if (!condition(expression, operands[1], left)) return false;
        return out = left, true;
      }
      case Function::Order::moment: return fail("the time is not known here");
      case Function::Order::choice: {
        bool holds = false;
        return condition(expression, operands[0], holds) && value(operands[holds ? 1 : 2], out);
      }
    }
    std::vector<Value> values(operands.size());
    for (std::size_t i = 0; i < operands.size(); ++i) {
      if (!value(operands[i], values[i])) return false;
      if (operands[i].kind == Expression::Kind::reference && !budget_.is_of_plan()) budget_.grant(extent(values[i]));
      const OperandKind operand = expression.function->operand(i);
      if (!takes_kind(operand, values[i].kind())) return refuse(expression, operand, values[i]);
    }
    return expression.function->apply(values, out, budget_, problem_) &&
           budget_.make(made(*expression.function, out), problem_);
  }

  static std::size_t made(const Function& function, const Value& value) {
    if (function.makes == Function::Makes::value) return footprint(value);
    return function.makes == Function::Makes::slots ? value.list_size().value_or(0) * sizeof(Value) : 0;
  }

  bool condition(const Expression& expression, const Expression& operand, bool& holds) {
    Value made;
    if (!value(operand, made)) return false;
    if (!made.as_bool()) return refuse(expression, OperandKind::boolean, made);
    return holds = *made.as_bool(), true;
  }

  bool refuse(const Expression& expression, OperandKind operand, const Value& value) {
    return fail("'{}' takes {}, but this is {}", expression.function->name, operand_phrase(operand),
                kind_phrase(value.kind()));
  }

  const Scope& scope_;
  Budget& budget_;
  std::string& problem_;
  const bool consumed_;
  Value of_range_;  // the last element that was read from a range, whose elements are not in memory
  bool absent_ = false;
};

}  // namespace

bool evaluate(const Expression& expression, const Scope& scope, Value& out, std::string& problem) {
  Budget budget;
  return evaluate(expression, scope, out, budget, problem);
}

bool evaluate(const Expression& expression, const Scope& scope, Value& out, Budget& budget, std::string& problem) {
  return Evaluator(scope, budget, problem, false).value(expression, out);
}

bool consume(Expression& expression, const Scope& scope, Value& out, Budget& budget, std::string& problem) {
  return Evaluator(scope, budget, problem, true).value(expression, out);
}

bool append_as_text(std::string& out, const Value& value) {
  if (const std::string* text = value.as_string()) {
    if (value.kind() == Value::Kind::bytes) return false;
    out += *text;
    return true;
  }
  if (const bool* flag = value.as_bool()) return out += *flag ? "true" : "false", true;
  if (const std::int64_t* number = value.as_int()) {
    char digits[24];
    out.append(digits, std::to_chars(digits, digits + sizeof digits, *number).ptr);
    return true;
  }
  if (const double* number = value.as_float()) return append_json_number(out, *number), true;
  return false;
}

}  // namespace ropewalk
