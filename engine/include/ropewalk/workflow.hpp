#pragma once
// A workflow: the document that a user wrote, parsed and checked for its form, with the place of every part. Knows no
// plugin; make_plan() resolves its meaning.

#include <ropewalk/error.hpp>
#include <ropewalk/plugin.hpp>

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace ropewalk {

struct Document;  // src/workflow/document.hpp

/// A plain value; copies share the immutable document. Any thread.
struct Workflow {
  std::string name;            ///< as written, otherwise the file's name without its extension
  std::string description;     ///< may be empty
  std::filesystem::path file;  ///< as passed; "-" is stdin; of a spec, WorkflowSpec::file
  std::vector<Field> params;   ///< that can be set; excludes params with an invalid declaration
  /// Diagnostics of form (an unknown key, a list instead of a map). make_plan() reports them together with its own, so
  /// that all diagnostics of a file appear at once. A workflow with diagnostics cannot be run.
  std::vector<Error> diagnostics;
  std::shared_ptr<const Document> document;  ///< the parsed text, for make_plan()
};

/// Reads a workflow; "-" is stdin. Fails if there is no usable text: no such file, too large, not UTF-8, not YAML. All
/// other diagnostics of the text are in Workflow::diagnostics.
Result<Workflow> load_workflow(const std::filesystem::path& file);

/// Parses a workflow from memory. `name` replaces the file's name in messages.
Result<Workflow> parse_workflow(std::string_view text, std::string name);

}  // namespace ropewalk
