#include "plugin_files/entry.hpp"

#include "plugin_files/describe.hpp"
#include "plugin_files/search.hpp"

#include <ropewalk/codes.hpp>

#include <fmt/format.h>

#include <utility>

namespace ropewalk {

std::string EntryOrigin::plugin_text() const {
  return linked ? fmt::format("plugin '{}', which is linked into {},", name, file.string())
                : fmt::format("plugin {}", file.string());
}

Result<LoadedPlugin> describe_entry(ropewalk_plugin_entry entry, const ropewalk_host& host, const EntryOrigin& origin) {
  const auto wrong = [&](const std::string& what) {
    return Error{codes::kPluginBadDescription,
                 fmt::format("{} describes itself wrongly: {}", origin.plugin_text(), what),
                 {},
                 {"see sdk/README.md"}};
  };
  LoadedPlugin loaded;
  loaded.code = entry();
  if (loaded.code == nullptr) return wrong("its entry returns nothing");
  const ropewalk_plugin& code = *loaded.code;
  if (code.struct_size < sizeof(ropewalk_plugin)) return wrong("its struct_size is too small");
  if (code.min_host_minor > ROPEWALK_ABI_MINOR)
    return Error{codes::kPluginAbi,
                 fmt::format("{} needs plugin ABI 1.{} or newer, this host has 1.{}", origin.plugin_text(),
                             code.min_host_minor, ROPEWALK_ABI_MINOR),
                 {},
                 {"use a newer Ropewalk, or build the plugin against the sdk of this one"}};
  if (code.name == nullptr || !is_plugin_name(code.name)) return wrong("its name is not [a-z][a-z0-9_-]*");
  if (origin.name != code.name)
    return wrong(origin.linked
                     ? fmt::format("it calls itself '{}', and is linked as '{}'", code.name, origin.name)
                     : fmt::format("it calls itself '{}', and its file must then be {}.so", code.name, code.name));
  if (code.version == nullptr || *code.version == '\0') return wrong("it has no version");
  if (code.task_type_count == 0 || code.task_types == nullptr) return wrong("it has no task types");
  loaded.description.name = code.name;
  loaded.description.version = code.version;
  loaded.description.path = origin.file;
  loaded.description.abi_minor = code.abi_minor;
  for (std::uint32_t i = 0; i < code.task_type_count; ++i) {
    const ropewalk_task_type* type = code.task_types[i];
    if (type == nullptr || type->struct_size < sizeof(ropewalk_task_type) || type->run == nullptr ||
        type->name == nullptr || !is_plugin_name(type->name))
      return wrong(fmt::format("task type {} has no name, no run function or a wrong struct_size", i));
    if (loaded.description.find(type->name) != nullptr)
      return wrong(fmt::format("it has two task types named '{}'", type->name));
    Result<TaskDescription> described = describe_task_type(*type, host);
    if (!described) return wrong(fmt::format("task type '{}': {}", type->name, described.error().list.front().message));
    loaded.description.task_types.push_back(std::move(*described));
  }
  return loaded;
}

}  // namespace ropewalk
