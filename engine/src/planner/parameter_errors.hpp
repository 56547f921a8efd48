#pragma once
// What is said of parameters that do not fit their task type, wherever they are given. Pure; any thread.

#include <ropewalk/plugin.hpp>
#include <ropewalk/value.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace ropewalk {

/// "parameter 'width'".
std::string parameter_noun(const Field& field);
/// "task 'image.blur' takes no parameter 'widht'; did you mean 'width'?" `suggested`: the parameter that was meant;
/// empty: none is close.
std::string unknown_parameter(std::string_view task, const TaskDescription& type, std::string_view name,
                              std::string& suggested);
std::string missing_parameter(std::string_view task, const Field& field);
/// Of a group of which one must be given, none is.
std::string missing_of_group(std::string_view task, const std::vector<std::string>& group);
/// Of such a group, several are given.
std::string several_of_group(std::string_view task, const std::vector<std::string>& group);
/// "parameter 'width' must be at most 8192, this is 9000"; empty: the value lies within the limits of the declaration.
std::string outside_limits_text(const Field& field, const Value& value);
/// "it takes: input (path, required), width (int, 16..8192, pixels)".
std::string describe_params(const TaskDescription& type);

}  // namespace ropewalk
