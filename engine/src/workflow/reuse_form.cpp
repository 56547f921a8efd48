#include "workflow/forms.hpp"

#include "base/text.hpp"
#include "workflow/constant.hpp"
#include "workflow/key_tables.hpp"

#include <ropewalk/codes.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace ropewalk {
namespace {

bool is_variable(std::string_view name) {
  return !name.empty() && (name.front() < '0' || name.front() > '9') &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
         });
}

}  // namespace

std::optional<std::string> DeclaredNames::add(const Document& file, const Node& name, std::string_view intro) {
  const auto [known, fresh] = names_.try_emplace(name.text, &file, &name);
  if (fresh) return std::nullopt;
  const auto& [first, node] = known->second;
  if (first->source.is_spec()) return first == &file ? std::string() : fmt::format("{}the spec", intro);
  const std::size_t line = first->source.line_of(node->offset) + 1;
  return first == &file ? fmt::format("{}line {}", intro, line)
                        : fmt::format("{}{}:{}", intro, escape_for_display(first->source.name()), line);
}

void read_requires(const Node& node, Document& document, Diagnostics& diagnostics) {
  const Source& source = document.source;
  if (!node.is_map())
    return report_wrong_form(source, node, "a map such as {ropewalk: \">=0.1\", plugins: {file: \">=1.0\"}}",
                             "'requires'", diagnostics);
  check_keys(source, node, requires_keys(), diagnostics);
  document.required_ropewalk = node.find("ropewalk");
  const Node* plugins = node.find("plugins");
  if (plugins && !plugins->is_map())
    report_wrong_form(source, *plugins, "a map of plugins to versions", "'plugins' of 'requires'", diagnostics);
  else
    document.required_plugins = plugins;
}

const Node* read_env(const Source& source, const Node& env, Diagnostics& diagnostics) {
  if (!env.is_map()) {
    report_wrong_form(source, env, "a map of variables", "'env'", diagnostics);
    return nullptr;
  }
  const std::size_t before = diagnostics.size();
  for (const Node& key : env.keys) {
    if (!is_variable(key.text))
      diagnostics.add(codes::kBadName, place_of(source, key),
                      fmt::format("'{}' is no name for an environment variable", escape_for_display(key.text)),
                      {"a name is letters, digits and '_', and does not begin with a digit"});
    else if (key.text.starts_with("ROPEWALK_"))
      diagnostics.add(codes::kBadName, place_of(source, key),
                      fmt::format("'{}': variables that begin with ROPEWALK_ are the engine's own", key.text));
  }
  return diagnostics.size() == before ? &env : nullptr;
}

const Node* read_values(const Source& source, const Node& map, std::string_view what, std::string_view of_one,
                        Diagnostics& diagnostics) {
  if (!map.is_map()) {
    report_wrong_form(source, map, "a map of names to values", what, diagnostics);
    return nullptr;
  }
  const std::size_t before = diagnostics.size();
  for (const Node& key : map.keys)
    if (!is_name(key.text))
      diagnostics.add(codes::kBadName, place_of(source, key),
                      fmt::format("'{}' is no name for {}", escape_for_display(key.text), of_one),
                      {"a name is a small letter, then small letters, digits, '_' and '-'"});
  return diagnostics.size() == before ? &map : nullptr;
}

}  // namespace ropewalk
