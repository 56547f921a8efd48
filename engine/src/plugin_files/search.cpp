#include "plugin_files/search.hpp"

#include "base/folder_entries.hpp"
#include "base/suggest.hpp"
#include "base/text.hpp"
#include "base/user_files.hpp"
#include "plugin_files/python_file.hpp"

#include <ropewalk/codes.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <system_error>

namespace ropewalk {
namespace {

namespace fs = std::filesystem;

void append_environment(std::vector<PluginFolder>& folders, const PluginFolders::Trusts& trusts) {
  const char* value = has_borrowed_rights() ? nullptr : std::getenv("ROPEWALK_PLUGIN_PATH");
  for (std::string_view rest = value == nullptr ? "" : value; !rest.empty();) {
    const std::size_t end = std::min(rest.find(':'), rest.size());
    if (const fs::path folder = rest.substr(0, end); !folder.empty()) {
      std::error_code error;
      folders.emplace_back(folder,
                           folder.is_absolute() || !trusts || trusts(fs::absolute(folder, error).lexically_normal()));
    }
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
}

bool is_there(const fs::path& file) {
  std::error_code error;
  return fs::exists(fs::symlink_status(file, error));
}

std::string quoted_for_shell(const std::string& word) {
  if (word.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-+=./,:@%") ==
      std::string::npos)
    return word;
  std::string quoted = "'";
  for (const char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

Error two_in_a_folder(std::string_view name, const fs::path& library, const fs::path& python) {
  return {codes::kPluginAmbiguous,
          fmt::format("there are two plugins '{}': {} and {}", name, escape_for_display(library.string()),
                      escape_for_display(python.string())),
          {},
          {"remove one of them, or give it another name"}};
}

}  // namespace

fs::path plugin_in(const fs::path& folder, std::string_view name) {
  for (const char* extension : {".so", ".py"})
    if (fs::path file = folder / (std::string(name) + extension); is_there(file)) return file;
  return {};
}

bool is_plugin_file(const fs::path& file) {
  return is_plugin_name(file.stem().string()) &&
         (file.extension() == ".so" || (is_python_file(file) && mentions_ropewalk(file)));
}

bool is_plugin_name(std::string_view name) {
  if (name.empty() || name.front() < 'a' || name.front() > 'z') return false;
  return name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_-") == std::string_view::npos;
}

PluginFolders::PluginFolders(const std::vector<PluginFolder>& first, const fs::path& shipped, const Trusts& trusts,
                             std::string folder_input)
    : folder_input_(std::move(folder_input)) {
  std::vector<PluginFolder> all = first;
  append_environment(all, trusts);
  if (const fs::path data = user_folder("XDG_DATA_HOME", ".local/share"); !data.empty())
    all.emplace_back(data / "plugins");
  for (const PluginFolder& folder : all) {
    std::error_code error;
    fs::path absolute = fs::absolute(folder.path, error).lexically_normal();
    if (error || absolute == shipped) continue;
    const auto there =
        std::find_if(folders_.begin(), folders_.end(), [&](const PluginFolder& each) { return each.path == absolute; });
    if (there == folders_.end())
      folders_.emplace_back(std::move(absolute), folder.trusted);
    else
      there->trusted = there->trusted || folder.trusted;  // who names it may trust it
  }
  folders_.emplace_back(shipped);
}

Result<FoundPlugin> PluginFolders::find(std::string_view name) const {
  if (is_plugin_name(name)) {
    const fs::path shipped = plugin_in(folders_.back().path, name);
    for (const bool trusted : {true, false})
      for (const PluginFolder& folder : folders_) {
        const fs::path file = folder.trusted == trusted ? plugin_in(folder.path, name) : fs::path();
        if (file.empty()) continue;
        if (const fs::path other = fs::path(file).replace_extension(".py"); other != file && is_there(other))
          return two_in_a_folder(name, file, other);
        std::error_code error;
        const bool ships = file == shipped || fs::equivalent(file, shipped, error);
        if (ships || shipped.empty()) return FoundPlugin{file, trusted, ships};
        return Error{codes::kPluginAmbiguous,
                     fmt::format("there are two plugins '{}': {}, and {}, which ships with ropewalk", name,
                                 file.string(), shipped.string()),
                     {},
                     {"give your plugin another name, for its file and in ROPEWALK_PLUGIN(...)"}};
      }
  }
  Error error{codes::kPluginNotFound,
              fmt::format("there is no plugin '{}'{}", escape_for_display(name), did_you_mean(name, names())),
              {},
              {}};
  std::string looked;
  for (const PluginFolder& folder : folders_) looked += (looked.empty() ? "" : ", ") + folder.path.string();
  error.notes.push_back(fmt::format("looked for {0}.so and {0}.py in: {1}", escape_for_display(name), looked));
  error.notes.push_back(fmt::format(
      "add a folder with {}, `plugins: {{path: [DIR]}}` in the workflow, or ROPEWALK_PLUGIN_PATH", folder_input_));
  return error;
}

std::vector<std::string> PluginFolders::names() const {
  std::vector<std::string> all;
  for (const PluginFolder& folder : folders_)
    for (const fs::path& entry : folder_entries(folder.path))
      if (is_plugin_file(entry)) all.push_back(entry.stem().string());
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

Error untrusted_folder(const fs::path& file, const InputNames& inputs) {
  const std::string folder = file.parent_path().string();
  Error error{codes::kPluginNotTrusted,
              fmt::format("plugin '{}' is in a folder that you have not trusted: {}", file.stem().string(), folder)};
  if (inputs.trust.empty())
    error.notes.emplace_back("EngineOptions::trusts decides whose plugins may run");
  else
    error.notes.push_back(
        fmt::format("to let its plugins run, now and later: {} {}", inputs.trust, quoted_for_shell(folder)));
  if (!inputs.trust_once.empty())
    error.notes.push_back(fmt::format("for this command only, as in CI: {}", inputs.trust_once));
  return error;
}

}  // namespace ropewalk
