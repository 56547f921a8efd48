#pragma once
// Diagnostics as one line each, "3:7 W113 message", so that a test checks place, code and text at once.

#include <ropewalk/error.hpp>
#include <ropewalk/workflow.hpp>

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <vector>

namespace ropewalk::test {

inline std::vector<std::string> lines_of(const std::vector<Error>& errors) {
  std::vector<std::string> lines;
  for (const Error& error : errors)
    lines.push_back(error.place.line > 0
                        ? fmt::format("{}:{} {} {}", error.place.line, error.place.column, error.code, error.message)
                        : fmt::format("{} {}", error.code, error.message));
  return lines;
}

/// All diagnostics of a text, whether it can be read or not.
inline std::vector<std::string> diagnostics_of(std::string_view text) {
  const auto workflow = parse_workflow(text, "test.yaml");
  return workflow ? lines_of(workflow->diagnostics) : lines_of(workflow.error().list);
}

}  // namespace ropewalk::test
