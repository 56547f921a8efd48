#include "plugin/search.hpp"

#include "base/suggest.hpp"
#include "base/text.hpp"

#include <ropewalk/codes.hpp>

#include <fmt/format.h>
#include <sys/auxv.h>

#include <algorithm>
#include <cstdlib>
#include <system_error>

namespace ropewalk {
namespace {

namespace fs = std::filesystem;

void append_environment(std::vector<fs::path>& folders) {
  // In a setuid program the environment belongs to somebody else.
  const char* value = ::getauxval(AT_SECURE) != 0 ? nullptr : std::getenv("ROPEWALK_PLUGIN_PATH");
  for (std::string_view rest = value == nullptr ? "" : value; !rest.empty();) {
    const std::size_t end = std::min(rest.find(':'), rest.size());
    if (end != 0) folders.emplace_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
}

void append_user_folder(std::vector<fs::path>& folders) {
  if (::getauxval(AT_SECURE) != 0) return;
  const char *data = std::getenv("XDG_DATA_HOME"), *home = std::getenv("HOME");
  if (data != nullptr && *data == '/') folders.push_back(fs::path(data) / "ropewalk/plugins");
  else if (home != nullptr && *home == '/') folders.push_back(fs::path(home) / ".local/share/ropewalk/plugins");
}

}  // namespace

bool is_plugin_name(std::string_view name) {
  if (name.empty() || name.front() < 'a' || name.front() > 'z') return false;
  return name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_-") == std::string_view::npos;
}

PluginFolders::PluginFolders(const std::vector<fs::path>& first, const fs::path& programs) {
  std::vector<fs::path> all = first;
  append_environment(all);
  append_user_folder(all);
  all.push_back(programs.parent_path() / "plugins");
  for (const fs::path& folder : all) {
    std::error_code error;
    fs::path absolute = fs::absolute(folder, error).lexically_normal();
    if (!error && std::find(folders_.begin(), folders_.end(), absolute) == folders_.end()) folders_.push_back(std::move(absolute));
  }
}

Result<fs::path> PluginFolders::find(std::string_view name) const {
  if (is_plugin_name(name)) {
    for (const fs::path& folder : folders_) {
      fs::path file = folder / (std::string(name) + ".so");
      std::error_code error;
      if (fs::exists(fs::symlink_status(file, error))) return file;
    }
  }
  Error error{codes::kPluginNotFound, fmt::format("there is no plugin '{}'{}", escape_for_display(name), did_you_mean(name, names())), {}, {}};
  std::string looked;
  for (const fs::path& folder : folders_) looked += (looked.empty() ? "" : ", ") + folder.string();
  error.notes.push_back(fmt::format("looked for {}.so in: {}", escape_for_display(name), looked));
  error.notes.push_back("add a folder with --plugins DIR, `plugins: {path: [DIR]}` in the workflow, or ROPEWALK_PLUGIN_PATH");
  return error;
}

std::vector<std::string> PluginFolders::names() const {
  std::vector<std::string> all;
  for (const fs::path& folder : folders_) {
    std::error_code error;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error))
      if (entry->path().extension() == ".so" && is_plugin_name(entry->path().stem().string())) all.push_back(entry->path().stem().string());
  }
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

}  // namespace ropewalk
