#include "plugin_files/load.hpp"

#include "plugin_files/describe.hpp"
#include "plugin_files/search.hpp"

#include <ropewalk/codes.hpp>

#define BOOST_DLL_USE_STD_FS
#include <boost/dll/shared_library.hpp>

#include <dlfcn.h>
#include <fmt/format.h>
#include <link.h>

#include <cstring>
#include <filesystem>
#include <string>

namespace ropewalk {
namespace {

/// Boost's text is "boost::dll::shared_library::load() failed (dlerror system message: X): ..."; X is what helps.
std::string dlerror_part(std::string_view text) {
  constexpr std::string_view kBefore = "dlerror system message: ";
  const std::size_t start = text.find(kBefore);
  if (start == std::string_view::npos) return std::string(text);
  text.remove_prefix(start + kBefore.size());
  return std::string(text.substr(0, std::min(text.rfind("): "), text.size())));
}

/// Makes dladdr() and debuggers see the plugin's file instead of a descriptor.
void show_as(const std::filesystem::path& file, void* library) {
  link_map* map = nullptr;
  if (::dlinfo(library, RTLD_DI_LINKMAP, &map) == 0 && map != nullptr)
    map->l_name = ::strdup(file.c_str());  // never freed: the plugin is never unloaded
}

}  // namespace

Result<LoadedPlugin> load_plugin(const std::filesystem::path& file, const ropewalk_host& host, int copy) {
  const std::string path = file.string();
  // Never unloaded: what it registered (exit handlers, thread-local destructors, unique symbols) would dangle.
  auto* library = new boost::dll::shared_library;
  ropewalk_plugin_entry entry = nullptr;
  try {
    library->load(copy < 0 ? file : std::filesystem::path(fmt::format("/proc/self/fd/{}", copy)),
                  boost::dll::load_mode::rtld_now | boost::dll::load_mode::rtld_local);
    if (copy >= 0) show_as(file, library->native());
    entry = &library->get<const ropewalk_plugin*()>(ROPEWALK_ENTRY_SYMBOL);
  } catch (const std::system_error& error) {
    // Boost's own. An exception of the plugin's constructors ends this host, whose handlers report its type: dlopen(3)
    // is declared to throw nothing, so whether it could be caught here depends on what the compiler inlines.
    return Error{codes::kPluginDoesNotLoad,
                 fmt::format("plugin {} cannot be loaded: {}", path, dlerror_part(error.what())),
                 {},
                 {"install the library that it needs, or link it into the plugin"}};
  }
  const auto wrong = [&](const std::string& what) {
    return Error{codes::kPluginBadDescription,
                 fmt::format("plugin {} describes itself wrongly: {}", path, what),
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
                 fmt::format("plugin {} needs plugin ABI 1.{} or newer, this host has 1.{}", path, code.min_host_minor,
                             ROPEWALK_ABI_MINOR),
                 {},
                 {"use a newer Ropewalk, or build the plugin against the sdk of this one"}};
  if (code.name == nullptr || !is_plugin_name(code.name)) return wrong("its name is not [a-z][a-z0-9_-]*");
  if (file.stem() != code.name)
    return wrong(fmt::format("it calls itself '{}', and its file must then be {}.so", code.name, code.name));
  if (code.version == nullptr || *code.version == '\0') return wrong("it has no version");
  if (code.task_type_count == 0 || code.task_types == nullptr) return wrong("it has no task types");
  loaded.description.name = code.name;
  loaded.description.version = code.version;
  loaded.description.path = file;
  loaded.description.abi_minor = code.abi_minor;
  for (std::uint32_t i = 0; i < code.task_type_count; ++i) {
    const ropewalk_task_type* type = code.task_types[i];
    if (type == nullptr || type->struct_size < sizeof(ropewalk_task_type) || type->run == nullptr ||
        type->name == nullptr || !is_plugin_name(type->name))
      return wrong(fmt::format("task type {} has no name, no run function or a wrong struct_size", i));
    if (loaded.description.find(type->name) != nullptr)
      return wrong(fmt::format("it has two task types named '{}'", type->name));
    Result<TaskType> described = describe_task_type(*type, host);
    if (!described) return wrong(fmt::format("task type '{}': {}", type->name, described.error().list.front().message));
    loaded.description.task_types.push_back(std::move(*described));
  }
  return loaded;
}

}  // namespace ropewalk
