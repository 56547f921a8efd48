#pragma once
// One scalar's own text, read by the declared type: strictly, and never by YAML's or C's rules (010 is no octal,
// yes is no bool). Pure functions; any thread.

#include <ropewalk/value.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ropewalk {

struct ScalarReading {
  std::optional<Value> value;
  std::string problem;  ///< without a value: "'010' has a leading zero", to stand behind "wants an int, but"
  std::string way_out;  ///< may be empty
};

/// `quoted`: it stood in quotes or in a block, so it is text: no bool, int or float. With Type::any only true,
/// false and plain numbers are typed; what other readers of YAML would take for something else is refused.
/// Durations become seconds, sizes bytes.
ScalarReading read_scalar(std::string_view text, Type type, bool quoted);

/// What durations and sizes look like, as a regular expression of ECMAScript. It does not know what is too large.
std::string duration_pattern();
std::string size_pattern();

/// "an int", "text", "a path": to stand behind "wants".
std::string_view type_phrase(Type type);

/// All of them, as the language writes them.
const std::vector<std::string>& type_names();
/// The type of that name, as the language writes it.
std::optional<Type> type_by_name(std::string_view name);

}  // namespace ropewalk
