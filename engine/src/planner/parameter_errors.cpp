#include "planner/parameter_errors.hpp"

#include "base/suggest.hpp"
#include "base/text.hpp"
#include "workflow/constant.hpp"

#include <fmt/format.h>

namespace ropewalk {
namespace {

std::string names_of(const std::vector<std::string>& group) { return fmt::format("'{}'", fmt::join(group, "' and '")); }

std::string describe(const Field& field) {
  std::vector<std::string> parts;
  std::string type(type_name(field.type));
  if (field.element != Type::any) type += fmt::format(" of {}", type_name(field.element));
  parts.push_back(std::move(type));
  if (field.required) parts.emplace_back("required");
  if (field.minimum && field.maximum)
    parts.push_back(fmt::format("{}..{}", to_json(*field.minimum), to_json(*field.maximum)));
  else if (field.minimum)
    parts.push_back(fmt::format("at least {}", to_json(*field.minimum)));
  else if (field.maximum)
    parts.push_back(fmt::format("at most {}", to_json(*field.maximum)));
  if (!field.unit.empty()) parts.push_back(field.unit);
  if (!field.choices.empty()) {
    std::vector<std::string> choices;
    for (const Value& choice : field.choices) choices.push_back(display_value(choice));
    parts.push_back(fmt::format("{}", fmt::join(choices, " or ")));
  }
  return fmt::format("{} ({})", field.name, fmt::join(parts, ", "));
}

}  // namespace

std::string parameter_noun(const Field& field) { return fmt::format("parameter '{}'", field.name); }

std::string unknown_parameter(std::string_view task, const TaskDescription& type, std::string_view name,
                              std::string& suggested) {
  std::vector<std::string> known;
  for (const Field& field : type.params) known.push_back(field.name);
  suggested = nearest(name, known);
  return fmt::format("task '{}' takes no parameter '{}'{}", task, escape_for_display(name), did_you_mean(name, known));
}

std::string missing_parameter(std::string_view task, const Field& field) {
  return fmt::format("task '{}' needs the parameter '{}' ({}{})", task, field.name, type_name(field.type),
                     field.help.empty() ? "" : fmt::format(": {}", escape_for_display(field.help)));
}

std::string missing_of_group(std::string_view task, const std::vector<std::string>& group) {
  return fmt::format("task '{}' needs one of the parameters {}", task, names_of(group));
}

std::string several_of_group(std::string_view task, const std::vector<std::string>& group) {
  return fmt::format("task '{}' takes one of the parameters {}, not both", task, names_of(group));
}

std::string outside_limits_text(const Field& field, const Value& value) {
  const std::string problem = outside_limits(field, value);
  if (problem.empty()) return {};
  return fmt::format("{} {}{}{}", parameter_noun(field), problem,
                     field.secret || value.as_list() ? "" : fmt::format(", this is {}", display_value(value)),
                     nearly_a_choice(field, value));
}

std::string describe_params(const TaskDescription& type) {
  if (type.params.empty()) return "it takes no parameters";
  constexpr std::size_t kMax = 12;
  std::vector<std::string> params;
  for (const Field& field : type.params) {
    if (params.size() == kMax) {
      params.emplace_back("...");
      break;
    }
    params.push_back(describe(field));
  }
  return fmt::format("it takes: {}", fmt::join(params, ", "));
}

}  // namespace ropewalk
