#include "commands.hpp"
#include "trust_book.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

namespace ropewalk::cli {

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
      if (!book.remove(argument)) screen.say(fmt::format("ropewalk: '{}' was not trusted\n", escape_for_display(argument)));
      continue;
    }
    const auto added = book.add(argument);
    if (added) text += fmt::format("trusted: {}\n", escape_for_display(*added));
    else errors.list.push_back(added.error().list.front());
  }
  if (!errors.list.empty()) return refuse(errors, screen);  // all of them or none
  if (const auto saved = book.save(); !saved) return refuse(saved.error(), screen);
  return options.quiet || print(text, screen) ? 0 : kOutputFailed;
}

}  // namespace ropewalk::cli
