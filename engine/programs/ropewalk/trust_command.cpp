#include "commands.hpp"
#include "trust_book.hpp"

#include "base/text.hpp"
#include "plugin_files/search.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <string>
#include <system_error>

namespace ropewalk::cli {
namespace {

bool has_plugins(const std::string& folder) {
  std::error_code error;
  for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error))
    if (is_plugin_file(entry->path())) return true;
  return false;
}

}  // namespace

int trust(const Options& options, Screen& screen) {
  TrustBook book = TrustBook::read();
  std::string text;
  if (options.arguments.empty()) {
    for (const std::string& folder : book.folders()) text += escape_for_display(folder) + "\n";
    if (book.folders().empty() && !options.quiet) screen.say("ropewalk: no folder is trusted\n");
    return print(text, screen) ? 0 : kOutputFailed;
  }
  Errors errors;
  for (const std::string& argument : options.arguments) {
    if (options.remove) {
      if (!book.remove(argument))
        screen.say(fmt::format("ropewalk: '{}' was not trusted\n", escape_for_display(argument)));
      continue;
    }
    const auto added = book.add(argument);
    if (!added) {
      errors.list.push_back(added.error().list.front());
      continue;
    }
    text += fmt::format("trusted: {}\n", escape_for_display(*added));
    if (!options.quiet && !has_plugins(*added))
      screen.say(fmt::format("ropewalk: note: {} has no plugins now; folders below it need trust of their own\n",
                             escape_for_display(*added)));
  }
  if (!errors.list.empty()) return refuse(errors, screen);  // all of them or none
  if (const auto saved = book.save(); !saved) return refuse(saved.error(), screen);
  return options.quiet || print(text, screen) ? 0 : kOutputFailed;
}

}  // namespace ropewalk::cli
