#include "plugin_files/linked.hpp"

#include "base/fd.hpp"
#include "base/user_files.hpp"
#include "plugin_files/identity.hpp"
#include "plugin_files/search.hpp"

#include <ropewalk/codes.hpp>

#include <elf.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <link.h>
#include <sys/auxv.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

// Defined by the linker if there is such a section.
extern "C" {
[[gnu::weak, gnu::visibility("hidden")]] extern const ropewalk_linked_plugin* const __start_ropewalk_linked[];
[[gnu::weak, gnu::visibility("hidden")]] extern const ropewalk_linked_plugin* const __stop_ropewalk_linked[];
}

namespace ropewalk {
namespace {

namespace fs = std::filesystem;

constexpr const char* kThisProgram = "/proc/self/exe";

/// Of the executable of this process.
struct Executable {
  bool has_address = false;  ///< the address that is looked for lies in it
  bool is_dynamic = false;   ///< the kernel starts a dynamic loader for it
};

Executable executable_with(const void* address) {
  struct Search {
    std::uintptr_t address;
    Executable found;
  } search{reinterpret_cast<std::uintptr_t>(address), {}};
  // The first one is the executable.
  ::dl_iterate_phdr(
      [](dl_phdr_info* module, std::size_t, void* data) {
        Search& search = *static_cast<Search*>(data);
        for (int i = 0; i < module->dlpi_phnum; ++i) {
          const ElfW(Phdr)& segment = module->dlpi_phdr[i];
          if (segment.p_type == PT_INTERP) search.found.is_dynamic = true;
          if (segment.p_type == PT_LOAD && search.address - module->dlpi_addr - segment.p_vaddr < segment.p_memsz)
            search.found.has_address = true;
        }
        return 1;
      },
      &search);
  return search.found;
}

Error cannot_start_again(std::string_view plugin, std::string_view why, std::string fix) {
  return {
      codes::kLinkedPluginUnusable,
      fmt::format("plugin '{}' is linked into this program, which cannot be started again to run it: {}", plugin, why),
      {},
      {std::move(fix)}};
}

/// A program that the dynamic loader was told to start has the loader as its file.
bool was_started_by_loader(const Executable& executable) { return executable.is_dynamic && ::getauxval(AT_BASE) == 0; }

}  // namespace

LinkedPlugins linked_plugins() {
  return {__start_ropewalk_linked, static_cast<std::size_t>(__stop_ropewalk_linked - __start_ropewalk_linked)};
}

Result<const ropewalk_linked_plugin*> find_linked(LinkedPlugins plugins, std::string_view name) {
  const ropewalk_linked_plugin* found = nullptr;
  for (const ropewalk_linked_plugin* each : plugins) {
    if (each->name == nullptr || each->name != name) continue;
    if (found != nullptr)
      return Error{codes::kPluginAmbiguous,
                   fmt::format("two plugins '{}' are linked into this program", name),
                   {},
                   {"give one of them another name in ROPEWALK_LINKED_PLUGIN(...)"}};
    found = each;
  }
  return found;
}

std::vector<std::string> names_of(LinkedPlugins plugins) {
  std::vector<std::string> names;
  for (const ropewalk_linked_plugin* each : plugins)
    if (each->name != nullptr && is_plugin_name(each->name)) names.emplace_back(each->name);
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

Error ships_as_well(std::string_view name, const fs::path& shipped) {
  return {codes::kPluginAmbiguous,
          fmt::format("there are two plugins '{}': one that is linked into this program, and {}, which ships with "
                      "ropewalk",
                      name, shipped.string()),
          {},
          {"give your plugin another name in ROPEWALK_LINKED_PLUGIN(...)"}};
}

Result<PluginBuild> build_of_program(const ropewalk_linked_plugin& plugin) {
  const Executable executable = executable_with(&plugin);
  if (!executable.has_address)
    return cannot_start_again(plugin.name, "the plugin is in a shared library that the program has loaded",
                              "link the plugin into the executable, or make a plugin file of it");
  if (has_borrowed_rights())
    return cannot_start_again(plugin.name, "the program has rights that its user lacks (set-user-ID, capabilities)",
                              "make a plugin file of it, or run the program without these rights");
  if (was_started_by_loader(executable))
    return cannot_start_again(plugin.name, "it was started through the dynamic loader",
                              "start the program by its own path");
  Fd program(::open(kThisProgram, O_RDONLY | O_CLOEXEC));
  if (!program)
    return cannot_start_again(plugin.name, fmt::format("{} cannot be opened: {}", kThisProgram, std::strerror(errno)),
                              errno == EMFILE ? "raise the limit of open files (ulimit -n)"
                                              : "mount /proc, and let the program's user read its file");
  std::error_code error;
  fs::path file = fs::read_symlink(kThisProgram, error);
  // The kernel adds this to the path of a file that has been removed or replaced.
  constexpr std::string_view kDeleted = " (deleted)";
  if (file.native().ends_with(kDeleted) && !fs::exists(file, error))
    file = file.native().substr(0, file.native().size() - kDeleted.size());
  PluginBuild build{.file = std::move(file)};
  build.identity = program_identity(program.get(), build.file);
  build.image = PluginImage::of_program(std::move(program), plugin.name);
  return build;
}

std::string program_identity(int program, const fs::path& file) {
  struct stat status {};
  if (::fstat(program, &status) != 0) return {};
  return identity_of(ElfFile(program, static_cast<std::uint64_t>(status.st_size)), status, file).text;
}

bool same_libraries(std::string_view planned, std::string_view now) {
  const auto libraries = [](std::string_view identity) {
    return identity.substr(std::min(identity.find(' '), identity.size()));
  };
  return libraries(planned) == libraries(now);
}

}  // namespace ropewalk
