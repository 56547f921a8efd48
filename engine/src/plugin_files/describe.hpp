#pragma once
// From a plugin's own words to a TaskDescription, and a Plugin as a Value so that it can travel from host to engine.

#include <ropewalk/error.hpp>
#include <ropewalk/plugin.hpp>
#include <ropewalk/sdk/abi.h>

#include <optional>

namespace ropewalk {

/// Sets the functions of the table that describe() calls.
void fill_describe(ropewalk_host& table);

/// Calls the task type's describe() with `host`, which has these functions, and checks all that it says. The error's
/// message says what is wrong, without naming the plugin.
Result<TaskDescription> describe_task_type(const ropewalk_task_type& type, const ropewalk_host& host);

Value describe_as_value(const Plugin& plugin);
/// Total: nothing if the value is not such a description.
std::optional<Plugin> plugin_from_value(const Value& value);

}  // namespace ropewalk
