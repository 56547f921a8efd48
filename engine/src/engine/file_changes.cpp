#include "engine/file_changes.hpp"

#include "base/file_state.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ropewalk {
namespace {

std::string change_of(const std::vector<RecordedFile>& all, const TaskFile& now, FileCheck check) {
  const auto then = std::find_if(
      all.begin(), all.end(), [&](const RecordedFile& file) { return file.role == now.role && file.path == now.path; });
  if (then == all.end()) return "was not declared before, or is hidden";
  const std::string path(now.path);
  const FileState state =
      now.role == FileRole::writes ? file_state(path) : FileState{now.is_there, now.size, now.mtime_ns};
  if (then->changed)
    return then->role == FileRole::reads ? "changed while its task ran" : "changed after its task ended";
  if (!then->size) return now.role == FileRole::writes ? "was not written" : state.is_there ? "was missing" : "";
  if (!state.is_there) return "is gone";
  if (state.size == *then->size && state.mtime_ns == then->mtime_ns) return "";
  if (check == FileCheck::hash && state.size == *then->size && then->hash && hash_file(path) == then->hash) return "";
  return "changed";
}

}  // namespace

std::optional<FileChange> file_change(const std::vector<RecordedFile>& then, std::span<const TaskFile> now,
                                      FileCheck check) {
  for (const TaskFile& file : now)
    if (const std::string how = change_of(then, file, check); !how.empty())
      return FileChange{file.role, fmt::format("file '{}' {}", file.path, how)};
  return std::nullopt;
}

}  // namespace ropewalk
