#pragma once
// Converts the tree to the document, checking the form of each part of the language. A part with a diagnostic is left
// out, so that it is reported only once. Called by workflow.cpp.

#include "workflow/document.hpp"
#include "workflow/diagnostics.hpp"

namespace ropewalk {

/// `params`: their declarations, defaults included.
void read_params(const Node& params, Document& document, Diagnostics& diagnostics);

/// `requires`.
void read_requires(const Node& node, Document& document, Diagnostics& diagnostics);

/// `env`, at any level. Returns null after a diagnostic if it is not a map of variables.
const Node* read_env(const Source& source, const Node& env, Diagnostics& diagnostics);

/// `vars` and `outputs`: names with values. Returns null after a diagnostic if it is not such a map. `what`: "'vars'",
/// `of_one`: "a var".
const Node* read_values(const Source& source, const Node& map, std::string_view what, std::string_view of_one,
                        Diagnostics& diagnostics);

/// `stages` and `defaults`.
void read_stages(const Node& stages, Document& document, DeclaredNames& names, Diagnostics& diagnostics);
void read_defaults(const Node& defaults, Document& document, Diagnostics& diagnostics);

}  // namespace ropewalk
