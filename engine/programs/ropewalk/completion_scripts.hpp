#pragma once
// The scripts by which a shell completes command lines of ropewalk. They contain no commands or options: they call
// `ropewalk __complete WORDS...`, so they remain valid for later versions.

#include <optional>
#include <string_view>

namespace ropewalk::cli {

/// `shell`: "bash", "zsh" or "fish". Returns nothing for another shell.
std::optional<std::string_view> completion_script(std::string_view shell);

}  // namespace ropewalk::cli
