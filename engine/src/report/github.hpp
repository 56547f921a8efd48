#pragma once
// Annotations of GitHub Actions: lines that the runner takes from the output of a step and shows at a line of a file.
// Pure text. Source: "Workflow commands for GitHub Actions" and the runner's ActionCommand.cs.

#include <ropewalk/progress_report.hpp>

#include <string>
#include <string_view>

namespace ropewalk {

/// "::error file=a.yaml,line=5::text". `%`, CR and LF are escaped, in `file` also `:` and `,`.
std::string github_error(const AnnotatedPlace& place, std::string_view text);

}  // namespace ropewalk
