#include "plan/evaluate.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

#include <charconv>
#include <span>

namespace ropewalk {
namespace {

const Value& null_value() {
  static const Value kNull;
  return kNull;
}

std::string names_of(const Map& map) {
  constexpr std::size_t kMost = 10;
  std::string names;
  std::size_t count = 0;
  for (const auto& [name, value] : map) {
    if (count++ == kMost) return names + ", ...";
    if (!names.empty()) names += ", ";
    names += escape_for_display(name);
  }
  return names.empty() ? "nothing" : names;
}

/// One step that leads from a value to a part of it; null: problem.
const Value* take(const Value& from, const Step& step, std::string& problem) {
  if (step.kind == Step::Kind::member) {
    const Map* map = from.as_map();
    if (!map)
      return problem = fmt::format("'.{}' is asked of {}, which has no members", step.name, kind_name(from.kind())),
             nullptr;
    if (const auto found = map->find(step.name); found != map->end()) return &found->second;
    if (step.may_be_absent) return &null_value();
    return problem = fmt::format("there is no member '{}' (there is {})", step.name, names_of(*map)), nullptr;
  }
  const List* list = from.as_list();
  if (!list)
    return problem = fmt::format("'[{}]' is asked of {}, which is no list", step.index, kind_name(from.kind())),
           nullptr;
  if (step.index >= list->size())
    return problem = fmt::format("'[{}]' is asked of a list of {}", step.index, list->size()), nullptr;
  return &(*list)[step.index];
}

bool follow(const Value& start, std::span<const Step> steps, Value& out, std::string& problem) {
  const Value* at = &start;
  while (!steps.empty()) {
    const Step& step = steps.front();
    steps = steps.subspan(1);
    if (step.kind == Step::Kind::each) {
      const List* list = at->as_list();
      if (!list) return problem = fmt::format("'[*]' is asked of {}, which is no list", kind_name(at->kind())), false;
      List all;
      all.reserve(list->size());
      for (const Value& element : *list)
        if (!follow(element, steps, all.emplace_back(), problem)) return false;
      out = std::move(all);
      return true;
    }
    at = take(*at, step, problem);
    if (!at) return false;
  }
  out = *at;
  return true;
}

/// stages.NAME.results: a list that is never built where only parts of it are wanted.
bool read_results(const Expression& expression, const Scope& scope, Value& out, std::string& problem) {
  if (!scope.results) return problem = "no results can be read here", false;
  const std::span<const Step> steps(expression.steps);
  const bool one =
      expression.root == Expression::Root::result || (!steps.empty() && steps[0].kind == Step::Kind::index);
  if (one) {
    const bool by_index = expression.root == Expression::Root::results;
    const std::uint64_t wanted = by_index ? steps[0].index : 0;
    const std::span<const Step> rest = by_index ? steps.subspan(1) : steps;
    std::uint64_t count = 0;
    bool good = false;
    scope.results->visit(expression.stage, [&](std::uint64_t, const Value& value) {
      if (count++ == wanted) good = follow(value, rest, out, problem);
    });
    if (count <= wanted)
      problem = by_index ? fmt::format("result [{}] is asked of {} results", wanted, count)
                         : fmt::format("stage '{}' has no result", expression.name);
    return good;
  }
  const bool each = !steps.empty() && steps[0].kind == Step::Kind::each;
  if (!each && !steps.empty())
    return problem = fmt::format("'.{}' is asked of the list of results", steps[0].name), false;
  const std::span<const Step> rest = each ? steps.subspan(1) : steps;
  List all;
  bool good = true;
  scope.results->visit(expression.stage, [&](std::uint64_t, const Value& value) {
    if (good) good = follow(value, rest, all.emplace_back(), problem);
  });
  if (good) out = std::move(all);
  return good;
}

}  // namespace

bool evaluate(const Expression& expression, const Scope& scope, Value& out, std::string& problem) {
  switch (expression.root) {
    case Expression::Root::item:
      if (!scope.item) return problem = "there is no item", false;
      if (expression.steps.empty()) return out = *scope.item, true;
      return follow(*scope.item, expression.steps, out, problem);
    case Expression::Root::index: {
      const Value index(static_cast<std::int64_t>(scope.index));
      return follow(index, expression.steps, out, problem);
    }
    case Expression::Root::param: {
      const auto found = scope.params.find(expression.name);
      if (found == scope.params.end()) return problem = fmt::format("there is no param '{}'", expression.name), false;
      return follow(found->second, expression.steps, out, problem);
    }
    case Expression::Root::results:
    case Expression::Root::result: return read_results(expression, scope, out, problem);
  }
  return false;
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
