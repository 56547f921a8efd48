#pragma once
// A part of the tree that must be a constant, read by its declared type; and the limits of a declaration.

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

/// Tells a diagnostic for everything in `node` that is not of the type; `what` names it: "parameter 'width'".
/// Expressions are refused.
std::optional<Value> read_constant(const Source& source, const Node& node, Wanted wanted, std::string_view what,
                                   Diagnostics& diagnostics);

/// One scalar without an expression.
std::optional<Value> read_plain(const Source& source, const Node& node, Wanted wanted, std::string_view what,
                                Diagnostics& diagnostics);

/// For a node that is no scalar where one is wanted, or the other way round.
void report_wrong_form(const Source& source, const Node& node, std::string_view wanted, std::string_view what,
                     Diagnostics& diagnostics);

/// What a declaration has against a value of its type: "must be at least 16", "must be one of sha256, xxh3"; or "".
/// A list's elements are held to choices, not the list.
std::string outside_limits(const Field& field, const Value& value);

/// "; did you mean 'sha256'?" of a text that is nearly one of the choices, or "". Of a list, of the first such element.
std::string nearly_a_choice(const Field& field, const Value& value);

/// As a person would write it in a workflow: text without quotes, else JSON.
std::string display_value(const Value& value);

}  // namespace ropewalk
