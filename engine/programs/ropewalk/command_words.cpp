#include "command_words.hpp"

#include "grammar.hpp"

namespace ropewalk::cli {
namespace {

/// The options of a command, without operands and hidden options.
std::vector<OptionWords> option_words(const CLI::App& app) {
  std::vector<OptionWords> all;
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_group().empty() || (option->get_lnames().empty() && option->get_snames().empty())) continue;
    OptionWords& words = all.emplace_back();
    for (const std::string& name : option->get_lnames()) words.names.push_back("--" + name);
    for (const std::string& name : option->get_snames()) words.names.push_back("-" + name);
    words.takes_value = option->get_items_expected_max() > 0;
    words.value = option->get_type_name();
  }
  return all;
}

}  // namespace

std::vector<std::string> option_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    for (const std::string& name : option->get_snames()) names.push_back("-" + name);
  }
  return names;
}

std::vector<CommandWords> command_words() {
  Grammar grammar;
  std::vector<CommandWords> all{{.path = {}, .command = Command::help, .options = option_words(grammar.app)}};
  for (const Entry& entry : grammar.entries) {
    CommandWords& words =
        all.emplace_back(CommandWords{.path = {}, .command = entry.command, .options = option_words(*entry.app)});
    for (const CLI::App* app = entry.app; app->get_parent() != nullptr; app = app->get_parent())
      words.path.insert(words.path.begin(), app->get_name());
  }
  return all;
}

}  // namespace ropewalk::cli
