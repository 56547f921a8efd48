#include "commands.hpp"
#include "completion_scripts.hpp"

#include "base/suggest.hpp"
#include "base/text.hpp"

#include <ropewalk/codes.hpp>

#include <fmt/format.h>

namespace ropewalk::cli {

int completion(const Options& options, Screen& screen) {
  const std::string& shell = options.arguments.front();
  if (const auto script = completion_script(shell)) return print(*script, screen) ? 0 : kOutputFailed;
  const std::vector<std::string> shells{"bash", "zsh", "fish"};
  return refuse(
      Error{codes::kBadOptionValue, fmt::format("there is no completion for '{}', only for bash, zsh and fish{}",
                                                escape_for_display(shell), did_you_mean(shell, shells))},
      screen);
}

}  // namespace ropewalk::cli
