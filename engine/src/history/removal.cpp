#include <ropewalk/history.hpp>

#include "base/folder_entries.hpp"
#include "base/text.hpp"
#include "record/run_lock.hpp"

#include <ropewalk/codes.hpp>

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <system_error>

namespace ropewalk {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kRemoved = ".removed-";  // before the name of a folder that is being removed

Error not_removed(const fs::path& folder, std::string_view why) {
  return {.code = codes::kRecordUnwritable,
          .message = fmt::format("cannot remove '{}': {}", escape_for_display(folder.string()), why)};
}

}  // namespace

Result<void> remove_run(const fs::path& folder) {
  // A run that was resumed in this moment has its lock taken, and stays.
  const auto lock = record::RunLock::take(folder);
  if (!lock) return lock.error();
  // Renamed first, so that no half of a run is ever found under its name.
  const fs::path doomed = folder.parent_path() / (std::string(kRemoved) + folder.filename().string());
  if (::rename(folder.c_str(), doomed.c_str()) != 0) return not_removed(folder, std::strerror(errno));
  std::error_code error;
  fs::remove_all(doomed, error);
  if (error) return not_removed(doomed, error.message());
  return {};
}

void remove_leftovers(const fs::path& root) {
  std::error_code ignored;
  for (const fs::path& entry : folder_entries(root / "runs"))
    if (entry.filename().string().starts_with(kRemoved)) fs::remove_all(entry, ignored);
}

}  // namespace ropewalk
