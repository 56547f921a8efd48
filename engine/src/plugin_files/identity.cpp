#include "plugin_files/identity.hpp"

#include "base/fd.hpp"
#include "base/text.hpp"
#include "plugin_files/dynamic_section.hpp"

#include <ropewalk/codes.hpp>

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <string_view>
#include <vector>

namespace ropewalk {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxLibraries = 256;
constexpr std::string_view kOrigins[] = {"${ORIGIN}", "$ORIGIN"};

std::string text_of(const struct stat& status) {
  return fmt::format("{}:{}:{}:{}.{:09}:{}.{:09}", status.st_dev, status.st_ino, status.st_size, status.st_mtim.tv_sec,
                     status.st_mtim.tv_nsec, status.st_ctim.tv_sec, status.st_ctim.tv_nsec);
}

/// Libraries of the distribution belong to the machine, not to a plugin.
bool belongs_to_system(const fs::path& path) {
  return path.string().starts_with("/usr/lib") || path.string().starts_with("/lib");
}

std::vector<std::string> entries_of(std::string_view folders) {
  std::vector<std::string> entries;
  for (std::size_t at = 0; at <= folders.size();) {
    const std::size_t end = std::min(folders.find(':', at), folders.size());
    entries.emplace_back(folders.substr(at, end - at));
    at = end + 1;
  }
  return entries;
}

bool begins_at_origin(std::string_view entry) {
  return entry.find("$ORIGIN") != std::string_view::npos || entry.find("${ORIGIN}") != std::string_view::npos;
}

std::string expanded(std::string folder, const fs::path& file) {
  for (const std::string_view origin : kOrigins)
    if (const std::size_t at = folder.find(origin); at != std::string::npos)
      folder.replace(at, origin.size(), file.parent_path().string());
  return folder;
}

class Libraries {
 public:
  explicit Libraries(PluginIdentity& identity) : identity_(identity) {}

  void add_those_of(const ElfFile& elf, const fs::path& file) {
    const std::optional<DynamicSection> section = read_dynamic_section(elf);
    if (!section) return;
    std::vector<std::string> folders;
    for (const DynamicSection::Search& search : section->searches)
      for (const std::string& entry : entries_of(search.folders)) {
        identity_.brings_libraries = identity_.brings_libraries || begins_at_origin(entry);
        const std::string folder = expanded(entry, file);
        if (!folder.empty() && !belongs_to_system(folder)) folders.push_back(folder);
      }
    for (const std::string& needed : section->needed) {
      if (needed.find('/') != std::string::npos)
        add(needed);
      else
        for (const std::string& folder : folders)
          if (add(fs::path(folder) / needed)) break;
    }
  }

 private:
  /// False: there is no such file.
  bool add(const fs::path& file) {
    struct stat status {};
    if (::stat(file.c_str(), &status) != 0 || !S_ISREG(status.st_mode))
      return false;  // opening a device can do something
    const Fd fd(::open(file.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
    if (!fd || ::fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode)) return false;
    if (belongs_to_system(file)) return true;
    identity_.brings_libraries = true;
    if (known_.size() == kMaxLibraries || !known_.insert(file.string()).second) return true;
    identity_.text += " " + text_of(status);
    add_those_of(ElfFile(fd.get(), static_cast<std::uint64_t>(status.st_size)), file);
    return true;
  }

  PluginIdentity& identity_;
  std::set<std::string> known_;
};

}  // namespace

PluginIdentity identity_of(const ElfFile& elf, const struct stat& status, const fs::path& file) {
  PluginIdentity identity{.text = text_of(status)};
  Libraries(identity).add_those_of(elf, fs::absolute(file));
  return identity;
}

std::string identity_now(const fs::path& file) {
  const Fd fd(::open(file.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
  struct stat status {};
  if (!fd || ::fstat(fd.get(), &status) != 0) return {};
  return identity_of(ElfFile(fd.get(), static_cast<std::uint64_t>(status.st_size)), status, file).text;
}

std::string file_identity(const fs::path& file) {
  struct stat status {};
  return ::stat(file.c_str(), &status) == 0 ? text_of(status) : std::string();
}

Error plugin_changed(const fs::path& file) {
  return {codes::kPluginChanged,
          fmt::format("plugin {}, or a library that it brings along, has changed since the run was planned",
                      escape_for_display(file.string())),
          {},
          {"run again, and rebuild when the run has ended"}};
}

}  // namespace ropewalk
