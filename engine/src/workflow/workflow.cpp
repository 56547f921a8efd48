#include <ropewalk/workflow.hpp>

#include "workflow/constant.hpp"
#include "workflow/loader.hpp"
#include "workflow/text_file.hpp"

#include <fmt/format.h>

namespace ropewalk {
namespace {

std::string text_of(const Document& document, std::string_view key, Diagnostics& diagnostics) {
  const Node* node = document.root.find(key);
  if (!node) return {};
  const auto text =
      read_constant(document.source, *node, {Type::text, Type::any}, fmt::format("'{}'", key), diagnostics);
  return text ? *text->as_text() : std::string();
}

Result<Workflow> read_workflow(std::string_view bytes, const std::string& name, std::filesystem::path file) {
  Diagnostics diagnostics;
  Workflow workflow;
  auto document = Loader(diagnostics).load(bytes, name, file);
  if (!document) return Errors(diagnostics.take());
  workflow.name = text_of(*document, "name", diagnostics);
  if (workflow.name.empty()) workflow.name = file == "-" ? "stdin" : file.stem().string();
  workflow.description = text_of(*document, "description", diagnostics);
  for (const ParamForm& param : *document->params)
    if (!param.broken) workflow.params.push_back(param.field);
  workflow.file = std::move(file);
  workflow.diagnostics = diagnostics.take();
  workflow.document = std::move(document);
  return workflow;
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

}  // namespace ropewalk
