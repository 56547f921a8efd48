#include "pool/argument_encoder.hpp"

#include "expressions/convert.hpp"
#include "planner/parameter_errors.hpp"
#include "workflow/scalar.hpp"

#include <ropewalk/codes.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace ropewalk {
namespace {

/// Whether the value is of the type as it is.
bool fits(const Field& field, const Value& value) {
  switch (value.kind()) {
    case Value::Kind::boolean: return field.type == Type::boolean;
    case Value::Kind::integer: return field.type == Type::integer;
    case Value::Kind::real: return field.type == Type::real;
    case Value::Kind::text: return field.type == Type::text;
    default: return false;
  }
}

}  // namespace

ArgumentEncoder::ArgumentEncoder(std::string task, const TaskDescription& type)
    : task_(std::move(task)), type_(type), values_(type.params.size()), given_(type.params.size()) {
  for (const Field& field : type_.params) {
    types_.push_back(field.type);
    has_limits_.push_back(field.minimum || field.maximum || !field.choices.empty());
  }
}

bool ArgumentEncoder::is_unlimited(std::uint32_t position) const { return !has_limits_[position]; }

void ArgumentEncoder::begin() {
  std::fill(values_.begin(), values_.end(), Value());
  given_.assign(given_.size(), false);
  errors_.clear();
}

std::optional<std::uint32_t> ArgumentEncoder::find(std::string_view name) {
  const auto found =
      std::find_if(type_.params.begin(), type_.params.end(), [&](const Field& field) { return field.name == name; });
  if (found == type_.params.end()) {
    std::string suggested;
    std::string message = unknown_parameter(task_, type_, name, suggested);
    errors_.push_back({codes::kUnknownParameter, std::move(message), {}, {describe_params(type_)}});
    if (!suggested.empty())  // not reported as missing as well
      for (std::size_t i = 0; i < type_.params.size(); ++i)
        if (type_.params[i].name == suggested) given_[i] = true;
    return std::nullopt;
  }
  const auto position = static_cast<std::uint32_t>(found - type_.params.begin());
  if (given_[position]) {
    errors_.push_back({codes::kBadArguments, fmt::format("parameter '{}' is given twice", name), {}, {}});
    return std::nullopt;
  }
  given_[position] = true;
  return position;
}

void ArgumentEncoder::take(std::string_view name, const Value& value) {
  const std::optional<std::uint32_t> position = find(name);
  if (!position) return;
  Error error;
  if (!set(*position, value, error)) errors_.push_back(std::move(error));
}

std::optional<std::uint32_t> ArgumentEncoder::reserve(std::string_view name) { return find(name); }

bool ArgumentEncoder::set(std::uint32_t position, const Value& value, Error& error) {
  const Field& field = type_.params[position];
  values_[position] = value;
  if (fits(field, value) && !has_limits_[position]) return true;
  return fit(position, values_[position], error);
}

bool ArgumentEncoder::fit(std::uint32_t position, Value& value, Error& error) const {
  const Field& field = type_.params[position];
  std::string problem;
  if (value.is_null()) {
    if (!field.required || field.default_value) return true;  // absent
    error = {codes::kMissingParameter, missing_parameter(task_, field), {}, {describe_params(type_)}};
    return false;
  }
  if (!convert(value, {field.type, field.element}, problem)) {
    error = {codes::kWrongType,
             fmt::format("{} wants {}, but {}", parameter_noun(field), type_phrase(field.type), problem),
             {},
             {describe_params(type_)}};
    return false;
  }
  if (std::string outside = outside_limits_text(field, value); has_limits_[position] && !outside.empty()) {
    error = {field.choices.empty() ? codes::kOutOfRange : codes::kNotAChoice, std::move(outside), {}, {}};
    return false;
  }
  return true;
}

void ArgumentEncoder::end() {
  for (std::size_t i = 0; i < given_.size(); ++i) {
    const Field& field = type_.params[i];
    if (field.required && !field.default_value && !given_[i])
      errors_.push_back({codes::kMissingParameter, missing_parameter(task_, field), {}, {describe_params(type_)}});
  }
  for (const std::vector<std::string>& group : type_.exactly_one) {
    std::size_t there = 0;
    for (std::size_t i = 0; i < given_.size(); ++i)
      there += given_[i] && std::find(group.begin(), group.end(), type_.params[i].name) != group.end();
    if (there == 1) continue;
    if (there == 0)
      errors_.push_back({codes::kMissingParameter, missing_of_group(task_, group), {}, {describe_params(type_)}});
    else
      errors_.push_back({codes::kExclusiveParameters, several_of_group(task_, group), {}, {"leave out all but one"}});
  }
}

}  // namespace ropewalk
