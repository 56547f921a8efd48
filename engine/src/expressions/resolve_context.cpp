#include "expressions/resolve_context.hpp"

#include "base/suggest.hpp"
#include "expressions/resolver.hpp"

#include <ropewalk/codes.hpp>

namespace ropewalk {

using detail::plain;

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
  detail::Resolver resolver(node, names);
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
    names.diagnostics.add(problem.code, place_in(names.source(), node, problem.at, problem.length), problem.message,
                          problem.fix.empty() ? std::vector<std::string>{} : std::vector<std::string>{problem.fix});
}

std::string field_names(const std::vector<Field>& fields) { return at_most_ten(detail::names_of(fields)); }

}  // namespace ropewalk
