#include "schema_forms.hpp"

#include "workflow/scalar.hpp"

#include <ropewalk/value.hpp>

#include <cassert>

namespace ropewalk::cli::forms {
namespace {

// Patterns are ECMAScript, and not anchored unless written so.
constexpr const char* kHasExpression = R"(\$\{\{)";
constexpr const char* kName = "^[a-z][a-z0-9_-]*$";
constexpr const char* kVariable = "^(?!ROPEWALK_)[A-Za-z_][A-Za-z0-9_]*$";

/// `text` and `anything` are the definitions for values without a declared type.
Json of_kind(Type type, const Json& element, const char* text, const char* anything) {
  switch (type) {
    case Type::any: return defined(anything);
    case Type::boolean: return {{"type", "boolean"}};
    case Type::integer: return {{"type", "integer"}};
    case Type::real: return {{"type", "number"}};
    case Type::text:
    case Type::bytes:
    case Type::path: return defined(text);
    case Type::duration: return matching(duration_pattern());
    case Type::size: return any_of({{{"type", "integer"}, {"minimum", 0}}, matching(size_pattern())});
    case Type::list: return list_of(element);
    case Type::map: return {{"type", "object"}, {"additionalProperties", element}};
  }
  return defined(anything);
}

bool is_open(Type type) { return type == Type::any || type == Type::text || type == Type::bytes || type == Type::path; }

Json json_of(const Value& value) { return Json::parse(to_json(value)); }

/// The words, and the values that YAML makes of words such as 1 and true.
Json choices_of(const Field& field) {
  Json all = Json::array();
  for (const Value& each : field.choices) {
    all.push_back(json_of(each));
    if (!each.as_string()) continue;
    const Json read = Json::parse(*each.as_string(), nullptr, false);
    if (read.is_number() || read.is_boolean()) all.push_back(read);
  }
  return all;
}

Json parameter(const Field& field) {
  const Type one = field.type == Type::list ? field.element : field.type;
  Json form = of_type(field.type, field.element);
  if (!field.choices.empty() && one != Type::duration && one != Type::size) {  // these are written in many ways
    const Json chosen = any_of({{{"enum", choices_of(field)}}, matching(kHasExpression)});
    form = field.type == Type::list ? or_expression(list_of(chosen)) : chosen;
  } else if (field.type == Type::integer || field.type == Type::real) {
    if (field.minimum) form["anyOf"][0]["minimum"] = json_of(*field.minimum);
    if (field.maximum) form["anyOf"][0]["maximum"] = json_of(*field.maximum);
  }
  if (!field.help.empty()) form["description"] = field.help + (field.unit.empty() ? "" : " (" + field.unit + ")");
  if (field.default_value && !field.default_value->is_null() && !field.secret)
    form["default"] = json_of(*field.default_value);
  return form;
}

Json map_of(const char* names, Json value) {
  return {{"type", "object"}, {"propertyNames", {{"pattern", names}}}, {"additionalProperties", std::move(value)}};
}

}  // namespace

Json value_definitions() {
  const Json simple{"number", "boolean"}, no_expression{{"type", "string"}, {"not", {{"pattern", kHasExpression}}}};
  const auto nested = [](const Json& scalar, const char* self) {
    return any_of({scalar, list_of(defined(self)), {{"type", "object"}, {"additionalProperties", defined(self)}}});
  };
  // A scalar is read by its source text, so a YAML number or bool is valid where text is expected.
  return {{"expression", matching(R"(^\s*\$\{\{[\s\S]*\}\}\s*$)")},
          {"text", {{"type", Json::array({"string", "number", "boolean"})}}},
          {"value", nested(defined("text"), "value")},
          {"constant_text", any_of({no_expression, {{"type", simple}}})},
          {"constant", nested(defined("constant_text"), "constant")}};
}

Json defined(const std::string& name) { return {{"$ref", "#/$defs/" + name}}; }

Json any_of(std::initializer_list<Json> each) { return {{"anyOf", std::vector<Json>(each)}}; }
Json matching(const std::string& pattern) { return {{"type", "string"}, {"pattern", pattern}}; }
Json or_expression(Json form) { return any_of({std::move(form), defined("expression")}); }
Json choice(const std::vector<std::string>& words) { return any_of({{{"enum", words}}, matching(kHasExpression)}); }

/// The name `true` is valid, which YAML reads as a bool.
Json name() { return {{"type", Json::array({"string", "boolean"})}, {"pattern", kName}}; }

Json version_range() {
  const std::string one = R"( *(>=|<=|!=|>|<|=) *[0-9]+(\.[0-9]+)*(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)? *)";
  return matching("^" + one + "(," + one + ")*$");
}

Json list_of(Json element) { return {{"type", "array"}, {"items", std::move(element)}}; }
Json map_of_names(Json value) { return map_of(kName, std::move(value)); }
Json map_of_variables(Json value) { return map_of(kVariable, std::move(value)); }

Json map_with(const KeyTable& table, const Json& of) {
  Json properties = Json::object();
  for (std::size_t i = 0; i < table.keys.size(); ++i) {
    assert(of.contains(table.keys[i]) && "a key without a form");
    Json& property = properties[table.keys[i]] = of.value(table.keys[i], defined("value"));
    if (i < table.help.size()) property["description"] = table.help[i];
  }
  return {{"type", "object"}, {"properties", std::move(properties)}, {"additionalProperties", false}};
}

Json of_type(Type type, Type element) {
  const Json of_elements = type == Type::list || type == Type::map ? of_type(element) : Json();
  Json form = of_kind(type, of_elements, "text", "value");
  return is_open(type) ? form : or_expression(std::move(form));
}

Json constant_of_type(Type type, Type element) {
  const Json of_elements = type == Type::list || type == Type::map ? constant_of_type(element) : Json();
  return of_kind(type, of_elements, "constant_text", "constant");
}

Json parameters(const TaskDescription& type) {
  Json properties = Json::object();
  for (const Field& field : type.params) properties[field.name] = parameter(field);
  return {{"description", type.summary}, {"properties", std::move(properties)}, {"additionalProperties", false}};
}

}  // namespace ropewalk::cli::forms
