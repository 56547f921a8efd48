#pragma once
// Reads the text of one scalar by the declared type: strictly, and never by the rules of YAML or C (010 is not octal,
// yes is not a bool). Pure functions; any thread.

#include <ropewalk/value.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ropewalk {

struct ScalarReading {
  std::optional<Value> value;
  std::string problem;  ///< set if there is no value: "'010' has a leading zero", to follow "wants an int, but"
  std::string fix;      ///< may be empty
};

/// `quoted`: the scalar is in quotes or a block, so it is text and never a bool, int or float. With Type::any only
/// true, false and plain numbers are typed; texts that other YAML readers would interpret differently are rejected.
/// Durations become seconds, sizes bytes.
ScalarReading read_scalar(std::string_view text, Type type, bool quoted);

/// The form of durations and sizes as an ECMAScript regular expression. It does not check for overflow.
std::string duration_pattern();
std::string size_pattern();

/// "an int", "text", "a path": to follow "wants".
std::string_view type_phrase(Type type);

/// The names of all types in the language.
const std::vector<std::string>& type_names();
/// The type with that name in the language.
std::optional<Type> type_by_name(std::string_view name);

}  // namespace ropewalk
