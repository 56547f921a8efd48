// Resolves the steps after the root of a reference: members and elements.

#include "expressions/resolver.hpp"

#include "base/suggest.hpp"
#include "workflow/scalar.hpp"

#include <ropewalk/codes.hpp>

#include <fmt/format.h>

namespace ropewalk::detail {

std::vector<std::string> names_of(const std::vector<Field>& fields) {
  std::vector<std::string> names;
  for (const Field& field : fields) names.push_back(field.name);
  return names;
}

std::optional<StaticType> Resolver::take(const StaticType& from, Step& step) {
  if (from.is.type == Type::any) return StaticType{};
  if (step.kind == Step::Kind::member) return member(from, step);
  if (step.kind == Step::Kind::computed && from.is.type == Type::map) return plain(from.is.element);
  if (from.is.type != Type::list)
    return report(codes::kUnknownField, step.at, step.length,
                  fmt::format("'{}' is asked of {}, which is no list", step.kind == Step::Kind::each ? "[*]" : "[n]",
                              type_phrase(from.is.type)));
  return StaticType{{from.is.element, Type::any}, from.fields, from.declared, from.fields_of};
}

std::optional<StaticType> Resolver::member(const StaticType& from, Step& step) {
  if (from.is.type == Type::list)
    return report(
        codes::kUnknownField, step.at, step.length, fmt::format("'.{}' is asked of a list", step.name),
        {fmt::format("write [*].{} for that of every element, or [0].{} for that of the first", step.name, step.name)});
  if (from.is.type != Type::map)
    return report(codes::kUnknownField, step.at, step.length,
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
  return report(codes::kUnknownField, step.at, step.length,
                from.declared ? fmt::format("a result of '{}' has no field '{}'{}", from.fields_of, step.name,
                                            did_you_mean(step.name, known))
                              : fmt::format("{} has no '{}'{}", from.fields_of.empty() ? "an item" : from.fields_of,
                                            step.name, did_you_mean(step.name, known)),
                {has});
}

}  // namespace ropewalk::detail
