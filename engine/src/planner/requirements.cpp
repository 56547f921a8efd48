#include "planner/requirements.hpp"

#include "base/text.hpp"
#include "planner/version.hpp"
#include "workflow/constant.hpp"
#include "workflow/keys.hpp"

#include <ropewalk/codes.hpp>
#include <ropewalk/version.hpp>

#include <fmt/format.h>

namespace ropewalk {
namespace {

std::optional<VersionRange> read_range(const Source& source, const Node& node, std::string_view what,
                                       Diagnostics& diagnostics) {
  const auto text = read_constant(source, node, {Type::text, Type::any}, what, diagnostics);
  if (!text) return std::nullopt;
  std::string problem;
  auto range = VersionRange::parse(*text->as_text(), problem);
  if (!range)
    diagnostics.add(codes::kBadVersionRange, place_of(source, node),
                    fmt::format("{} wants a range of versions: {}", what, problem),
                    {"write such as \">=1.0\" or \">=1.0, <2\""});
  return range;
}

void check_plugin(const Document& file, const Node& name, const Node& node, TaskLookup& lookup,
                  Diagnostics& diagnostics) {
  if (!is_name(name.text)) {
    diagnostics.add(codes::kBadName, place_of(file.source, name),
                    fmt::format("'{}' is no name of a plugin", escape_for_display(name.text)));
    return;
  }
  const auto range = read_range(file.source, node, fmt::format("plugin '{}'", name.text), diagnostics);
  const auto plugin = lookup.plugin(name.text, file.source, name);
  if (!range || !plugin) return;
  const auto version = Version::parse(plugin->version);
  if (version && range->contains(*version)) return;
  diagnostics.add(
      codes::kPluginVersion, place_of(file.source, node),
      version
          ? fmt::format("the workflow requires plugin '{}' {}, and this is {}", name.text, node.text, plugin->version)
          : fmt::format("the workflow requires plugin '{}' {}, and its version is '{}', which cannot be compared",
                        name.text, node.text, escape_for_display(plugin->version)),
      {fmt::format("it is {}", plugin->path.string())});
}

}  // namespace

void check_requirements(const Document& file, TaskLookup& lookup, Diagnostics& diagnostics) {
  if (const Node* node = file.required_ropewalk) {
    const auto range = read_range(file.source, *node, "'ropewalk' of 'requires'", diagnostics);
    if (range && !range->contains(*Version::parse(program_version())))
      diagnostics.add(codes::kOtherVersion, place_of(file.source, *node),
                      fmt::format("the workflow requires ropewalk {}, and this is {}", node->text, program_version()));
  }
  if (const Node* plugins = file.required_plugins)
    for (std::size_t i = 0; i < plugins->keys.size(); ++i)
      check_plugin(file, plugins->keys[i], plugins->children[i], lookup, diagnostics);
}

}  // namespace ropewalk
