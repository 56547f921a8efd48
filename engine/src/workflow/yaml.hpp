#pragma once
// YAML text to a positioned tree. The only file pair that includes yaml-cpp, and it uses only the event interface. The
// node interface drops second documents, keeps duplicate keys, accepts unclosed quotes and crashes on cyclic aliases.
// Stateless; any thread.
//
// Rejected although valid YAML: anchors, aliases, tags, merge keys, keys that are not plain text, directives, a second
// document. Deviations of yaml-cpp 0.7 from YAML 1.2 that are visible in a workflow:
//  - It ends a plain scalar in { } and [ ] at '?', so such text must be quoted there.
//  - It reports ~, null, Null and NULL as nothing; the source shows what was written.
//  - It creates an element for the nothing between two commas, which is rejected.
//  - It treats a '#' directly behind a bracket as a comment, and so does Ropewalk.
//  - At the end of its input it accepts unclosed quotes and brackets, so two lines are appended to the text.

#include "workflow/diagnostics.hpp"
#include "workflow/node.hpp"

#include <optional>

namespace ropewalk {

inline constexpr std::size_t kMaxYamlDepth = 64;  ///< levels of lists and maps
inline constexpr std::size_t kMaxNodes = 100000;  ///< keys, values, lists and maps

/// Returns the tree of the document. Returns nothing after a diagnostic that makes the rest unreadable. After a
/// duplicate key or an anchor, reading continues.
std::optional<Node> read_yaml(const Source& source, Diagnostics& diagnostics);

}  // namespace ropewalk
