// The hidden command of the build: `ropewalk __man` prints the names of the man pages, and `ropewalk __man NAME` prints
// that page in scdoc format.

#include "commands.hpp"
#include "man_pages.hpp"

#include <ropewalk/codes.hpp>

#include <fmt/format.h>

namespace ropewalk::cli {

int man(const Options& options, Screen& screen) {
  std::string text;
  if (options.arguments.empty()) {
    for (const std::string& name : man_page_names()) text += name + "\n";
  } else if (auto page = man_page(options.arguments.front())) {
    text = std::move(*page);
  } else {
    return refuse(Error{codes::kBadOptionValue, fmt::format("there is no man page '{}'", options.arguments.front())},
                  screen);
  }
  return print(text, screen) ? 0 : kOutputFailed;
}

}  // namespace ropewalk::cli
