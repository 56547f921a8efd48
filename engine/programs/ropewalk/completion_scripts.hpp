#pragma once
// What a shell reads to complete ropewalk's command lines. The scripts know nothing of commands and options: they ask
// `ropewalk __complete WORDS...`, and so stay right when the program grows.

#include <optional>
#include <string_view>

namespace ropewalk::cli {

/// "bash", "zsh" or "fish"; nothing: another shell.
std::optional<std::string_view> completion_script(std::string_view shell);

}  // namespace ropewalk::cli
