#include "expressions/signature.hpp"

#include <fmt/format.h>

#include <iterator>

namespace ropewalk {

void append_signature(std::string& out, const Value& value) {
  out += static_cast<char>('0' + static_cast<int>(value.kind()));
  const SharedList* list = value.as_shared_list();
  if (!list) return append_json(out, value);
  if (list->is_range())
    fmt::format_to(std::back_inserter(out), "from {} {}", list->first(), list->size());
  else
    fmt::format_to(std::back_inserter(out), "at {}", fmt::ptr(list));
}

void append_expression(std::string& out, const Expression& expression) {
  out += static_cast<char>('0' + static_cast<int>(expression.kind));
  switch (expression.kind) {
    case Expression::Kind::literal: append_signature(out, expression.value); break;
    case Expression::Kind::reference:
      out += static_cast<char>('A' + static_cast<int>(expression.root));
      append_json_string(out, expression.name);
      out += static_cast<char>('0' + static_cast<int>(expression.fact));
      break;
    case Expression::Kind::part: break;
    case Expression::Kind::call: out += expression.function->name; break;
  }
  for (const Expression& operand : expression.operands) append_expression(out, operand);
  for (const Step& step : expression.steps) {
    out += static_cast<char>('a' + static_cast<int>(step.kind));
    if (step.computed) append_expression(out, *step.computed);
    append_json_string(out, step.name);
    out += std::to_string(step.index);
  }
  out += ')';
}

}  // namespace ropewalk
