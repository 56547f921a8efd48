#include "engine/program_folder.hpp"

#include "base/text.hpp"

#include <ropewalk/codes.hpp>

#include <fmt/format.h>
#include <sys/auxv.h>

#include <string_view>
#include <system_error>

namespace ropewalk {
namespace {

namespace fs = std::filesystem;

bool has_programs(const fs::path& folder) {
  std::error_code error;
  return fs::exists(folder / "ropewalk-host", error) || fs::exists(folder / "ropewalk-warden", error);
}

}  // namespace

fs::path own_program() {
  std::error_code error;
  fs::path self = fs::read_symlink("/proc/self/exe", error);
  if (!error) return self;
  if (::getauxval(AT_SECURE) != 0) return {};
  const auto* name = reinterpret_cast<const char*>(::getauxval(AT_EXECFN));
  return name == nullptr ? fs::path() : fs::canonical(name, error);
}

fs::path shipped_plugins_of(const fs::path& programs) {
  constexpr std::string_view kInstalled = "/" ROPEWALK_INSTALLED_PROGRAMS;
  const bool installed = programs.native().ends_with(kInstalled);
  return (programs / (installed ? ROPEWALK_PLUGINS_FROM_PROGRAMS : "../plugins")).lexically_normal();
}

ProgramFolder find_program_folder(const fs::path& wanted, const fs::path& package) {
  ProgramFolder place;
  std::error_code error;
  const auto search = [&](const fs::path& folder) {
    place.searched.push_back(fs::absolute(folder, error).lexically_normal());
    // A name that ends with a slash is that of the same folder.
    if (!place.searched.back().has_filename()) place.searched.back() = place.searched.back().parent_path();
    if (place.found || !has_programs(place.searched.back())) return;
    place.programs = place.searched.back();
    place.found = true;
  };
  if (!wanted.empty()) {
    search(wanted);
  } else {
    if (const fs::path folder = own_program().parent_path(); !folder.empty())
      search(folder), search(folder / ROPEWALK_PROGRAMS_FROM_BIN);
    if (!package.empty()) search(package);
  }
  if (!place.found && !place.searched.empty()) place.programs = place.searched.front();
  place.plugins = shipped_plugins_of(place.programs);
  place.python = place.plugins.parent_path() / "python";
  return place;
}

Error no_programs(const ProgramFolder& place) {
  return {codes::kNoWarden,
          "ropewalk-host and ropewalk-warden are missing, which run the tasks",
          {},
          {"they were looked for in: " + path_list(place.searched),
           "install Ropewalk, and move an installation as a whole; a program that embeds the engine can name their "
           "folder (EngineOptions::programs)"}};
}

}  // namespace ropewalk
