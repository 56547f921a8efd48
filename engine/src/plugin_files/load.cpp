#include "plugin_files/load.hpp"

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
  return describe_entry(entry, host, {.file = file, .name = file.stem().string()});
}

}  // namespace ropewalk
