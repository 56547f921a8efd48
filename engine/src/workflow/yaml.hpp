#pragma once
// YAML text to a positioned tree. The only file pair that knows yaml-cpp, and of that only its event interface: the
// node interface drops second documents, keeps duplicate keys, swallows unclosed quotes and crashes on cyclic
// aliases. Stateless; any thread.
//
// Refused although it is YAML: anchors, aliases, tags, merge keys, keys that are not plain text, directives, a
// second document. Where yaml-cpp 0.7 deviates from YAML 1.2 and that can be seen in a workflow:
//  - it ends a plain scalar in { } and [ ] at '?', so such text must be quoted there;
//  - it takes ~, null, Null and NULL for nothing before we see them; the source says what was written;
//  - it takes nothing between two commas for an element, which is refused;
//  - it takes a '#' directly behind a bracket for a comment, and so do we;
//  - at the end of its input it swallows unclosed quotes and brackets, so two lines are put behind the text.

#include "workflow/diagnostics.hpp"
#include "workflow/node.hpp"

#include <optional>

namespace ropewalk {

inline constexpr std::size_t kDeepest = 64;        ///< levels of lists and maps
inline constexpr std::size_t kMaxNodes = 100000;  ///< keys, values, lists and maps

/// The tree of the one document. Nothing after a diagnostic that makes the rest unreadable; a duplicate key or an
/// anchor is told and reading goes on.
std::optional<Node> read_yaml(const Source& source, Diagnostics& diagnostics);

}  // namespace ropewalk
