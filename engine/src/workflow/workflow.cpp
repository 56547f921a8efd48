#include <ropewalk/workflow.hpp>

#include "base/text.hpp"
#include "workflow/constant.hpp"
#include "workflow/forms.hpp"
#include "workflow/keys.hpp"
#include "workflow/text_file.hpp"
#include "workflow/yaml.hpp"

#include <ropewalk/codes.hpp>

#include <fmt/format.h>

namespace ropewalk {
namespace {

constexpr std::string_view kFirstLine = "a workflow begins with the line 'ropewalk: 1' and has a list of 'stages'";

const KeyTable& workflow_keys() {
  static const KeyTable kKeys{.of = "the workflow",
                              .keys = {"ropewalk", "name", "description", "requires", "plugins", "params", "defaults",
                                       "stages"},
                              .later = {"include", "vars", "env"}};
  return kKeys;
}

void check_version(const Document& document, Mistakes& mistakes) {
  const Node* version = document.root.find("ropewalk");
  if (!version) {
    if (is_misspelt(document.root, workflow_keys(), "ropewalk")) return;
    mistakes.add(codes::kMissingKey, document.source.place(document.root.offset),
                 "the key 'ropewalk' is missing: the version of the language",
                 {"begin the file with the line 'ropewalk: 1'"});
    return;
  }
  const auto number = read_constant(document.source, *version, {Type::integer, Type::any}, "'ropewalk'", mistakes);
  if (number && *number->as_int() != 1)
    mistakes.add(codes::kLanguageVersion, place_of(document.source, *version),
                 fmt::format("this is version {} of the language, and this program reads version 1", *number->as_int()),
                 {"write 'ropewalk: 1', or use a newer ropewalk"});
}

void read_plugins(const Node& plugins, Document& document, Mistakes& mistakes) {
  static const KeyTable kKeys{.of = "'plugins'", .keys = {"path"}};
  const Source& source = document.source;
  if (!plugins.is_map()) return tell_wrong_form(source, plugins, "a map with 'path'", "'plugins'", mistakes);
  check_keys(source, plugins, kKeys, mistakes);
  const Node* path = plugins.find("path");
  if (!path) return;
  if (!path->is_list()) return tell_wrong_form(source, *path, "a list of folders", "'path' of 'plugins'", mistakes);
  for (const Node& folder : path->children) {
    if (folder.is_scalar()) document.plugin_paths.push_back(&folder);
    else tell_wrong_form(source, folder, "a path", "an element of 'path'", mistakes);
  }
}

std::string text_of(const Document& document, std::string_view key, Mistakes& mistakes) {
  const Node* node = document.root.find(key);
  if (!node) return {};
  const auto text = read_constant(document.source, *node, {Type::text, Type::any}, fmt::format("'{}'", key), mistakes);
  return text ? *text->as_text() : std::string();
}

void read_document(Document& document, Workflow& workflow, Mistakes& mistakes) {
  check_keys(document.source, document.root, workflow_keys(), mistakes);
  check_version(document, mistakes);
  if (std::string name = text_of(document, "name", mistakes); !name.empty()) workflow.name = std::move(name);
  workflow.description = text_of(document, "description", mistakes);
  if (const Node* required = document.root.find("requires")) read_requires(*required, document, mistakes);
  if (const Node* plugins = document.root.find("plugins")) read_plugins(*plugins, document, mistakes);
  if (const Node* params = document.root.find("params")) read_params(*params, document, mistakes);
  if (const Node* defaults = document.root.find("defaults")) read_defaults(*defaults, document, mistakes);
  if (const Node* stages = document.root.find("stages")) read_stages(*stages, document, mistakes);
  else if (!is_misspelt(document.root, workflow_keys(), "stages"))
    mistakes.add(codes::kMissingKey, document.source.place(document.root.offset),
                 "the key 'stages' is missing: what to run",
                 {"add a list of stages, such as '- {name: hello, task: sim.noop}'"});
}

Result<Workflow> read_workflow(std::string_view bytes, const std::string& name, std::filesystem::path file) {
  auto source = check_text(bytes, name);
  if (!source) return source.error();
  auto document = std::make_shared<Document>();
  document->source = std::move(*source);
  Mistakes mistakes;
  auto root = read_yaml(document->source, mistakes);
  if (!root) {
    if (mistakes.empty())
      mistakes.add(codes::kEmptyFile, document->source.whole(), "the file has nothing but comments",
                   {std::string(kFirstLine)});
    return Errors(mistakes.take());
  }
  document->root = std::move(*root);
  if (!document->root.is_map()) {
    if (document->root.kind == Node::Kind::empty && mistakes.empty())
      mistakes.add(codes::kEmptyFile, document->source.whole(), "the file has nothing but comments",
                   {std::string(kFirstLine)});
    else if (mistakes.empty())
      mistakes.add(codes::kWrongForm, place_of(document->source, document->root),
                   fmt::format("a workflow is a map of keys, but this is {}", kind_noun(document->root)),
                   {std::string(kFirstLine)});
    return Errors(mistakes.take());
  }
  Workflow workflow;
  workflow.name = file == "-" ? "stdin" : file.stem().string();
  read_document(*document, workflow, mistakes);
  workflow.file = std::move(file);
  workflow.mistakes = mistakes.take();
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
