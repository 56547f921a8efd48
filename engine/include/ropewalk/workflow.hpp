#pragma once
// A workflow: the document that a user wrote, read and checked for its own form, with the place of every part.
// It knows no plugin; what it means is found by make_plan().

#include <ropewalk/error.hpp>
#include <ropewalk/plugin.hpp>

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace ropewalk {

struct Document;  // src/workflow/document.hpp

/// A plain value; copies share the document, which never changes. Any thread.
struct Workflow {
  std::string name;             ///< as written, else the file's name without its ending
  std::string description;      ///< may be empty
  std::filesystem::path file;   ///< as it was given; "-" is stdin
  std::vector<Field> params;    ///< that can be set; those with a diagnostic in their declaration are missing
  /// Diagnostics of form (an unknown key, a list where a map belongs). make_plan() reports them together with its
  /// own, so that all diagnostics of a file are seen at once; a workflow that has any cannot be run.
  std::vector<Error> diagnostics;
  std::shared_ptr<const Document> document;
};

/// Reads a workflow; "-" is stdin. Fails where there is no text to speak of: no such file, too large, not UTF-8,
/// not YAML. Everything that can be said of the text beyond that is in Workflow::diagnostics.
Result<Workflow> load_workflow(const std::filesystem::path& file);

/// The same for text at hand; `name` stands in messages where a file's name would.
Result<Workflow> parse_workflow(std::string_view text, std::string name);

}  // namespace ropewalk
