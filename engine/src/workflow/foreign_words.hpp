#pragma once
// Words of other tools (GitHub Actions, go-task, Snakemake, Argo, GNU make), and what Ropewalk has for them. For
// diagnostics of unknown words. Pure; any thread.

#include <string_view>

namespace ropewalk {

/// "in Ropewalk ..." for a key of a stage or of a workflow; empty: no other tool is known to have it.
std::string_view hint_for_key(std::string_view word);
/// The same for a function, or for what an expression begins with.
std::string_view hint_for_name(std::string_view word);

}  // namespace ropewalk
