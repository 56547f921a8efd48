#pragma once
// What tasks say of a command, checked before it is started. Pure; any thread.

#include "process/child.hpp"

#include <cstddef>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace process {

/// The kernel passes bytes to a program: file names are not necessarily text.
using Word = std::span<const std::byte>;

std::string text_of(Word word);

/// Throws Permanent if the text holds a NUL, which no command can be given. `what` begins the message.
void refuse_nul(const std::string& what, const std::string& text);

/// The words of a command. Throws Permanent if there are none, or if one cannot be given to a program.
std::vector<std::string> words_of(const std::vector<Word>& argv);

/// Adds the folder and the variables. Throws Permanent for a variable that no environment can have.
void set_surroundings(Command& command, const std::optional<std::filesystem::path>& cwd,
                      const std::map<std::string, Word>& env);

}  // namespace process
