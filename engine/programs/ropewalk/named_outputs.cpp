#include "named_outputs.hpp"

#include <algorithm>

namespace ropewalk::cli {

std::vector<NamedOutput> named_outputs(const Options& options) {
  std::vector<NamedOutput> outputs;
  for (const NamedOutput& each : {NamedOutput{"--results", &options.results},
                                  {"--events", &options.events},
                                  {"--junit", &options.junit},
                                  {"--joblog", &options.joblog},
                                  {"--metrics", &options.metrics},
                                  {"--report", &options.report}})
    if (!each.path->empty()) outputs.push_back(each);
  return outputs;
}

bool uses_stdout(const Options& options) {
  const std::vector<NamedOutput> outputs = named_outputs(options);
  return options.json ||
         std::any_of(outputs.begin(), outputs.end(), [](const NamedOutput& each) { return *each.path == "-"; });
}

}  // namespace ropewalk::cli
