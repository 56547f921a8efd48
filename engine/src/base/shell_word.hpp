#pragma once
// One word of a command line as a shell reads it. Pure; any thread.

#include <string>

namespace ropewalk {

/// The text as it is if a shell takes it so, else quoted. Text that would change a terminal or is not UTF-8 is quoted
/// as
/// $'...', which bash, zsh and ksh read.
std::string shell_word(const std::string& text);

}  // namespace ropewalk
