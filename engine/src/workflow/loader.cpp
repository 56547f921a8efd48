#include "workflow/loader.hpp"

#include "base/text.hpp"
#include "workflow/constant.hpp"
#include "workflow/forms.hpp"
#include "workflow/key_tables.hpp"
#include "workflow/text_file.hpp"
#include "workflow/yaml.hpp"

#include <ropewalk/codes.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace ropewalk {
namespace {

constexpr std::string_view kFirstLine = "a workflow begins with the line 'ropewalk: 1' and has a list of 'stages'";

void check_version(const Document& document, Diagnostics& diagnostics) {
  const Node* version = document.root.find("ropewalk");
  if (!version) {
    if (is_misspelt(document.root, workflow_keys(), "ropewalk")) return;
    diagnostics.add(codes::kMissingKey, document.source.place(document.root.offset),
                    "the key 'ropewalk' is missing: the version of the language",
                    {"begin the file with the line 'ropewalk: 1'"});
    return;
  }
  const auto number = read_constant(document.source, *version, {Type::integer, Type::any}, "'ropewalk'", diagnostics);
  if (number && *number->as_int() != 1)
    diagnostics.add(
        codes::kLanguageVersion, place_of(document.source, *version),
        fmt::format("this is version {} of the language, and this program reads version 1", *number->as_int()),
        {"write 'ropewalk: 1', or use a newer ropewalk"});
}

void read_plugins(const Node& plugins, Document& document, Diagnostics& diagnostics) {
  const Source& source = document.source;
  if (!plugins.is_map())
    return report_wrong_form(source, plugins, "a map with 'path' or 'load_timeout'", "'plugins'", diagnostics);
  check_keys(source, plugins, plugins_keys(), diagnostics);
  document.load_timeout = plugins.find("load_timeout");
  const Node* path = plugins.find("path");
  if (!path) return;
  if (!path->is_list())
    return report_wrong_form(source, *path, "a list of folders", "'path' of 'plugins'", diagnostics);
  for (const Node& folder : path->children) {
    if (folder.is_scalar())
      document.plugin_paths.push_back(&folder);
    else
      report_wrong_form(source, folder, "a path", "an element of 'path'", diagnostics);
  }
}

/// A canonical name for a file, however its path is written.
std::filesystem::path identity(const std::filesystem::path& file) {
  std::error_code error;
  const std::filesystem::path whole = std::filesystem::weakly_canonical(file, error);
  return error ? file : whole;
}

}  // namespace

std::shared_ptr<Document> Loader::load(std::string_view bytes, const std::string& name, std::filesystem::path file) {
  auto source = check_text(bytes, name);
  if (source) return load(std::move(*source), std::move(file));
  const Errors errors = source.error();
  diagnostics_.add(errors.list);
  return nullptr;
}

std::shared_ptr<Document> Loader::load(Source source, std::filesystem::path file) {
  auto document = std::make_shared<Document>();
  document->file = std::move(file);
  document->source = std::move(source);
  bytes_ = document->source.text().size();
  open_.push_back(document->file == "-" ? document->file : identity(document->file));
  if (!read_tree(*document)) return nullptr;
  read_keys(*document);
  if (!complete_) return nullptr;
  document->included = std::move(included_);
  join_params(*document);
  return document;
}

/// Returns false after a diagnostic if the text is not a map of keys.
bool Loader::read_tree(Document& document) {
  const std::size_t before = diagnostics_.size();
  auto root = read_yaml(document.source, diagnostics_);
  if (root) document.root = std::move(*root);
  if (root && document.root.is_map()) return true;
  if (diagnostics_.size() > before) return false;
  if (!root || document.root.kind == Node::Kind::empty)
    diagnostics_.add(codes::kEmptyFile, document.source.whole(), "the file has nothing but comments",
                     {std::string(kFirstLine)});
  else
    diagnostics_.add(codes::kWrongForm, place_of(document.source, document.root),
                     fmt::format("a workflow is a map of keys, but this is {}", kind_noun(document.root)),
                     {std::string(kFirstLine)});
  return false;
}

void Loader::read_keys(Document& document) {
  const Node& root = document.root;
  check_keys(document.source, root, workflow_keys(), diagnostics_);
  check_version(document, diagnostics_);
  if (const Node* required = root.find("requires")) read_requires(*required, document, diagnostics_);
  if (const Node* plugins = root.find("plugins")) read_plugins(*plugins, document, diagnostics_);
  if (const Node* list = root.find("include")) include_all(*list, document);
  if (const Node* params = root.find("params")) read_params(*params, document, diagnostics_);
  if (const Node* vars = root.find("vars"))
    document.vars = read_values(document.source, *vars, "'vars'", "a var", diagnostics_);
  if (document.vars)
    for (const Node& name : document.vars->keys)
      if (const auto first = vars_.add(document, name))
        diagnostics_.add(codes::kDuplicateName, place_of(document.source, name),
                         fmt::format("var '{}' is declared twice{}", name.text, *first));
  if (const Node* env = root.find("env")) document.env = read_env(document.source, *env, diagnostics_);
  if (const Node* defaults = root.find("defaults")) read_defaults(*defaults, document, diagnostics_);
  if (const Node* stages = root.find("stages"))
    read_stages(*stages, document, stages_, diagnostics_);
  else if (open_.size() == 1 && !root.find("include") && !is_misspelt(root, workflow_keys(), "stages"))
    diagnostics_.add(codes::kMissingKey, document.source.place(root.offset), "the key 'stages' is missing: what to run",
                     {"add a list of stages, such as '- {name: hello, task: sim.noop}'"});
}

void Loader::report(const char* code, const Node& node, const Document& by, std::string message,
                    std::vector<std::string> notes) {
  diagnostics_.add(code, place_of(by.source, node), std::move(message), std::move(notes));
  complete_ = false;
}

void Loader::include_all(const Node& list, Document& document) {
  if (list.is_list()) {
    for (const Node& node : list.children) include(node, document);
    return;
  }
  report_wrong_form(document.source, list, "a list of files, such as [common.yaml]", "'include'", diagnostics_);
  complete_ = false;
}

void Loader::include(const Node& node, const Document& by) {
  const auto name = read_constant(by.source, node, {Type::path, Type::any}, "an element of 'include'", diagnostics_);
  if (!name) return void(complete_ = false);
  const std::string& written = *name->as_string();
  if (written == "-")
    return report(codes::kWrongForm, node, by, "standard input cannot be included", {"give the name of a file"});
  const std::filesystem::path base = by.file == "-" ? std::filesystem::path() : by.file.parent_path();
  const std::filesystem::path file = (base / written).lexically_normal();
  const std::filesystem::path id = identity(file);
  if (!may_include(id, node, by)) return;
  auto bytes = read_text_file(file);
  if (!bytes) {
    const Errors errors = bytes.error();
    const Error& why = errors.list.front();
    return report(why.code.c_str(), node, by,
                  fmt::format("the included file '{}': {}", escape_for_display(file.string()), why.message));
  }
  bytes_ += bytes->size();
  if (bytes_ > kMaxBytes)
    return report(codes::kFileTooLarge, node, by,
                  "all files of a workflow together are larger than 4 MiB, the most that they may have");
  auto document = std::make_unique<Document>();
  document->file = file;
  open_.push_back(id);
  auto source = check_text(*bytes, file.string());
  if (source) {
    document->source = std::move(*source);
  } else {
    const Errors errors = source.error();
    diagnostics_.add(errors.list);
  }
  const bool read = source && read_tree(*document);
  if (read) read_keys(*document);
  complete_ = complete_ && read;
  open_.pop_back();
  included_.push_back(std::move(document));
}

bool Loader::may_include(const std::filesystem::path& file, const Node& node, const Document& by) {
  if (const auto at = std::find(open_.begin(), open_.end(), file); at != open_.end()) {
    std::vector<std::string> names;
    for (auto each = at; each != open_.end(); ++each) names.push_back(escape_for_display(each->filename().string()));
    report(codes::kCycle, node, by,
           names.size() == 1
               ? fmt::format("this file includes itself: {0} -> {0}", names.front())
               : fmt::format("these files include each other: {} -> {}", fmt::join(names, " -> "), names.front()),
           {"put what they share into a file of its own"});
    return false;
  }
  if (const auto [first, fresh] = seen_.emplace(file, place_of(by.source, node)); !fresh) {
    report(codes::kDuplicateName, node, by,
           fmt::format("this file is included twice, first in {}:{}", escape_for_display(first->second.file),
                       first->second.line),
           {"include it once: its stages and params belong to the whole workflow"});
    return false;
  }
  if (open_.size() > kMaxDepth || seen_.size() > kMaxFiles) {
    report(codes::kTooManyIncludes, node, by,
           open_.size() > kMaxDepth ? fmt::format("files that include files are nested more than {} deep", kMaxDepth)
                                    : fmt::format("a workflow includes at most {} files", kMaxFiles));
    return false;
  }
  return true;
}

/// Makes the params of all files visible in every file.
void Loader::join_params(Document& root) {
  std::vector<Document*> files;
  for (const auto& document : root.included) files.push_back(document.get());
  files.push_back(&root);
  const auto all = std::make_shared<ParamForms>();
  DeclaredNames names;
  for (Document* file : files) {
    for (const ParamForm& param : file->own_params) {
      const auto first = names.add(*file, *param.key);
      if (!first)
        all->add(param);
      else
        diagnostics_.add(codes::kDuplicateName, place_of(file->source, *param.key),
                         fmt::format("param '{}' is declared twice{}", param.key->text, *first));
    }
  }
  for (Document* file : files) file->params = all;
}

}  // namespace ropewalk
