#pragma once
// JSON Schemas of values: for each type of the language, for a map with the keys of a table, for a parameter of a task
// type. Knows no key by name. Pure functions; any thread.
//
// Forms refer to "#/$defs/..." of value_definitions(), which the whole schema must contain.

#include "workflow/keys.hpp"

#include <ropewalk/plugin.hpp>

#include <nlohmann/json.hpp>

#include <initializer_list>
#include <string>
#include <vector>

namespace ropewalk::cli::forms {

using Json = nlohmann::ordered_json;

/// The definitions that all forms use: expression, value, text, constant, constant_text.
Json value_definitions();
Json defined(const std::string& name);  ///< a reference to one of the definitions

Json any_of(std::initializer_list<Json> each);
Json matching(const std::string& pattern);
Json or_expression(Json form);
/// One of these words, or text with an expression.
Json choice(const std::vector<std::string>& words);

Json name();  ///< of a stage, a param, a plugin
Json version_range();
Json list_of(Json element);
Json map_of_names(Json value);
Json map_of_variables(Json value);
/// `of` has a form for each key of the table.
Json map_with(const KeyTable& table, const Json& of);

/// A value of that type, or an expression.
Json of_type(Type type, Type element = Type::any);
/// The same without expressions.
Json constant_of_type(Type type, Type element = Type::any);
/// The parameters of a task type. None is required.
Json parameters(const TaskDescription& type);

}  // namespace ropewalk::cli::forms
