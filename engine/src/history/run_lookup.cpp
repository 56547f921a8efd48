#include <ropewalk/history.hpp>

#include "base/suggest.hpp"
#include "base/text.hpp"

#include <ropewalk/codes.hpp>

#include <fmt/format.h>

#include <vector>

namespace ropewalk {
namespace {

Error no_such_run(std::string_view word, std::span<const RunLabel> runs) {
  if (runs.empty())
    return {codes::kUnknownRun,
            "no run is recorded here",
            {},
            {"'ropewalk run FILE' records one; name the folder of its records if it is another one"}};
  std::vector<std::string> names;
  for (const RunLabel& run : runs) names.push_back(run.name);
  return {codes::kUnknownRun,
          fmt::format("there is no run '{}'{}", escape_for_display(word), did_you_mean(word, names)),
          {},
          {"'ropewalk runs' lists the recorded runs"}};
}

}  // namespace

Result<std::size_t> find_run(std::string_view word, std::span<const RunLabel> runs) {
  if (word == kLatest && !runs.empty()) return std::size_t{0};
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    if (runs[i].name == word || runs[i].id == word) return i;
    if (!word.empty() && (runs[i].name.starts_with(word) || runs[i].id.starts_with(word))) found.push_back(i);
  }
  if (found.size() == 1) return found.front();
  if (found.empty()) return Errors(no_such_run(word, runs));
  std::vector<std::string> names;
  for (const std::size_t each : found) names.push_back(runs[each].name);
  return Errors(
      Error{codes::kAmbiguousRun,
            fmt::format("{} runs begin with '{}': {}", found.size(), escape_for_display(word), at_most_ten(names)),
            {},
            {"add letters until one run is left"}});
}

}  // namespace ropewalk
