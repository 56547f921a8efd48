#pragma once
// A recorded value, read back from its JSON. Pure; any thread.

#include <ropewalk/value.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace ropewalk::record {

/// As value_from_json(), with bytes restored: a map whose only key is `base64` is what JSON makes of them. A map of a
/// user that looks the same becomes bytes too.
std::optional<Value> recorded_value(std::string_view json, std::string& problem);

/// The same for a result: a map of its fields, whatever their names. Empty JSON is a result without fields. Nothing if
/// the JSON is of something else.
std::optional<Value> recorded_fields(std::string_view json, std::string& problem);

}  // namespace ropewalk::record
