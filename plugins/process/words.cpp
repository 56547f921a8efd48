#include "process/words.hpp"

#include <ropewalk/sdk/failure.hpp>

namespace process {

std::string text_of(Word word) { return {reinterpret_cast<const char*>(word.data()), word.size()}; }

void refuse_nul(const std::string& what, const std::string& text) {
  if (text.find('\0') != std::string::npos)
    throw ropewalk::Permanent(what + " holds a NUL character, which no command can be given");
}

std::vector<std::string> words_of(const std::vector<Word>& argv) {
  std::vector<std::string> words;
  for (const Word word : argv) words.push_back(text_of(word));
  if (words.empty()) throw ropewalk::Permanent("'argv' is empty; its first element is the program");
  for (const std::string& word : words) refuse_nul("the command", word);
  return words;
}

void set_surroundings(Command& command, const std::optional<std::filesystem::path>& cwd,
                      const std::map<std::string, Word>& env) {
  for (const auto& [name, word] : env) {
    const std::string value = text_of(word);
    if (name.empty() || name.find('=') != std::string::npos)
      throw ropewalk::Permanent("'env' has the name '" + name + "', which no environment variable can have");
    refuse_nul("the environment variable " + name, name + value);
    command.env[name] = value;
  }
  if (cwd) command.cwd = cwd->native();
}

}  // namespace process
