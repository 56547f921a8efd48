#pragma once
// Reads a part of the tree that must be a constant, by its declared type, and checks the limits of a declaration.

#include "workflow/diagnostics.hpp"
#include "workflow/node.hpp"

#include <ropewalk/plugin.hpp>
#include <ropewalk/value.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace ropewalk {

struct Wanted {
  Type type = Type::any;
  Type element = Type::any;  ///< of a list's or map's elements
};

/// Reports a diagnostic for everything in `node` that is not of the type; `what` names it, for example "parameter
/// 'width'". Expressions are rejected.
std::optional<Value> read_constant(const Source& source, const Node& node, Wanted wanted, std::string_view what,
                                   Diagnostics& diagnostics);

/// Reads one scalar without an expression.
std::optional<Value> read_plain(const Source& source, const Node& node, Wanted wanted, std::string_view what,
                                Diagnostics& diagnostics);

/// Reports a node that is not a scalar where one is required, or the reverse.
void report_wrong_form(const Source& source, const Node& node, std::string_view wanted, std::string_view what,
                       Diagnostics& diagnostics);

/// The violated limit of a declaration for a value of its type: "must be at least 16", "must be one of sha256, xxh3";
/// otherwise "". Choices apply to a list's elements, not to the list.
std::string outside_limits(const Field& field, const Value& value);

/// "; did you mean 'sha256'?" for a text that is close to one of the choices, otherwise "". For a list, the first such
/// element.
std::string nearly_a_choice(const Field& field, const Value& value);

/// The value as a workflow would write it: text without quotes, otherwise JSON.
std::string display_value(const Value& value);

}  // namespace ropewalk
