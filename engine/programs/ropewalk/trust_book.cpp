#include "trust_book.hpp"

#include "base/text.hpp"
#include "base/user_files.hpp"
#include "plugin_files/path_walk.hpp"

#include <ropewalk/codes.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>

namespace ropewalk::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxBytes = 4u << 20;

fs::path place() {
  const fs::path folder = user_folder("XDG_STATE_HOME", ".local/state");
  return folder.empty() ? fs::path() : folder / "trusted-folders";
}

fs::path normal(const fs::path& folder) {
  std::error_code failed;
  return fs::absolute(folder, failed).lexically_normal();
}

Error cannot_trust(const fs::path& folder, std::string_view why, std::string fix) {
  return {codes::kCannotTrust,
          fmt::format("'{}' cannot be trusted: {}", escape_for_display(folder.string()), why),
          {},
          {std::move(fix)}};
}

}  // namespace

TrustBook TrustBook::read() {
  TrustBook book;
  const fs::path file = place();
  const auto text = file.empty() ? std::nullopt : read_user_file(file, kMaxBytes);
  for (std::string_view rest = text ? std::string_view(*text) : std::string_view(); !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    if (end != 0) book.folders_.emplace(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return book;
}

bool TrustBook::has(const fs::path& folder) const {
  std::error_code failed;
  const fs::path real = fs::canonical(folder, failed);
  return !failed && folders_.contains(real.string());
}

Result<std::string> TrustBook::add(const fs::path& folder) {
  const PathWalk walk = walk_path(fs::absolute(folder), TrustedOwners("/proc/self/exe"));
  if (walk.unsafe) return cannot_trust(folder, walk.unsafe->why, walk.unsafe->fix);
  if (walk.error != 0 || !S_ISDIR(walk.status.st_mode))
    return Error{codes::kNoFolder,
                 fmt::format("'{}' is no folder: {}", escape_for_display(folder.string()),
                             std::strerror(walk.error != 0 ? walk.error : ENOTDIR)),
                 {},
                 {"name a folder of plugins"}};
  std::string real = walk.real.string();
  if (real.find('\n') != std::string::npos) return cannot_trust(folder, "its name has a line end", "rename it");
  folders_.insert(real);
  return real;
}

bool TrustBook::remove(const fs::path& folder) {
  std::error_code failed;
  const fs::path real = fs::weakly_canonical(folder, failed);
  return folders_.erase(failed ? normal(folder).string() : real.string()) != 0;
}

Result<void> TrustBook::save() const {
  const fs::path file = place();
  if (file.empty())
    return Error{codes::kCannotTrust,
                 "there is no place to keep the list of trusted folders: neither HOME nor XDG_STATE_HOME is set",
                 {},
                 {"set HOME, or use --trust"}};
  std::string text;
  for (const std::string& folder : folders_) text += folder + "\n";
  const int error = write_user_file(file, text);
  if (error == 0) return {};
  return Error{codes::kCannotTrust,
               fmt::format("the list of trusted folders cannot be written to '{}': {}",
                           escape_for_display(file.string()), std::strerror(error)),
               {},
               {"make its folder writable, or use --trust"}};
}

std::function<bool(const fs::path&)> folder_trust(const Options& options) {
  std::vector<fs::path> named;
  for (const fs::path& folder : options.named_folders) named.push_back(normal(folder));
  return [all = options.trust, named = std::move(named),
          book = std::make_shared<std::optional<TrustBook>>()](const fs::path& folder) {
    if (all || std::find(named.begin(), named.end(), normal(folder)) != named.end()) return true;
    if (!*book) *book = TrustBook::read();  // most commands need none
    return (*book)->has(folder);
  };
}

}  // namespace ropewalk::cli
