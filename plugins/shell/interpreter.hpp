#pragma once
// The program that reads a `command`: a shell that stops at the first error, or the words that the task names. Any
// thread: what is known of a shell is kept for the process, behind a mutex.

#include "process/child.hpp"
#include "process/launch.hpp"

#include <ropewalk/sdk/task.hpp>

#include <string>
#include <vector>

namespace shell {

/// The words before the text of the command. `shell`: null for /bin/sh, the name of a shell, or a list of words. Shells
/// get -eu, and pipefail if they have it, which is tried once in a process. Throws Permanent if `shell` is neither.
/// `like`: the environment and the folder in which the shell is looked for and tried.
std::vector<std::string> interpreter_words(const ropewalk::Any& shell, const process::Launcher& launcher,
                                           const process::Command& like);

}  // namespace shell
