#include <ropewalk/workflow.hpp>

#include "workflow/constant.hpp"
#include "workflow/loader.hpp"
#include "workflow/spec_text.hpp"
#include "workflow/text_file.hpp"

#include <ropewalk/codes.hpp>
#include <ropewalk/workflow_spec.hpp>

#include <fmt/format.h>

#include <limits>

namespace ropewalk {
namespace {

std::string text_of(const Document& document, std::string_view key, Diagnostics& diagnostics) {
  const Node* node = document.root.find(key);
  if (!node) return {};
  const auto text =
      read_constant(document.source, *node, {Type::text, Type::any}, fmt::format("'{}'", key), diagnostics);
  return text ? *text->as_text() : std::string();
}

/// `document`: null if `diagnostics` have the reason.
Result<Workflow> workflow_of(std::shared_ptr<Document> document, std::filesystem::path file, Diagnostics& diagnostics) {
  if (!document) return Errors(diagnostics.take());
  Workflow workflow;
  workflow.name = text_of(*document, "name", diagnostics);
  if (workflow.name.empty()) workflow.name = file == "-" ? "stdin" : file.stem().string();
  if (workflow.name.empty()) workflow.name = "workflow";
  workflow.description = text_of(*document, "description", diagnostics);
  for (const ParamForm& param : *document->params)
    if (!param.broken) workflow.params.push_back(param.field);
  workflow.file = std::move(file);
  workflow.diagnostics = diagnostics.take();
  workflow.document = std::move(document);
  return workflow;
}

Result<Workflow> read_workflow(std::string_view bytes, const std::string& name, std::filesystem::path file) {
  Diagnostics diagnostics;
  return workflow_of(Loader(diagnostics).load(bytes, name, file), file, diagnostics);
}

}  // namespace

Result<Workflow> load_workflow(const std::filesystem::path& file) {
  auto bytes = read_text_file(file);
  if (!bytes) return bytes.error();
  return read_workflow(*bytes, file == "-" ? "<stdin>" : file.string(), file);
}

Result<Workflow> parse_workflow(std::string_view text, std::string name) {
  return read_workflow(text, name, std::filesystem::path(name));
}

Result<Workflow> make_workflow(const WorkflowSpec& spec) {
  SpecText made = write_spec(spec, kMaxWorkflowBytes);
  if (made.text.size() > kMaxWorkflowBytes)
    return Error{codes::kFileTooLarge,
                 "the text of this workflow is larger than 1 MiB, the most that it may have",
                 Place{.part = "the workflow"},
                 {"long lists of items belong in a file of their own: foreach with lines or a glob"}};
  Diagnostics diagnostics;
  diagnostics.add(made.problems);
  Source source(std::move(made.text), std::move(made.parts));
  return workflow_of(Loader(diagnostics).load(std::move(source), spec.file), spec.file, diagnostics);
}

std::string to_yaml(const WorkflowSpec& spec) { return write_spec(spec, std::numeric_limits<std::size_t>::max()).text; }

}  // namespace ropewalk
