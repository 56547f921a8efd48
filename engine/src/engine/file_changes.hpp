#pragma once
// Whether the files that a task declares are still what they were when it succeeded. On the run's thread; reads files.

#include <ropewalk/events.hpp>
#include <ropewalk/plan.hpp>
#include <ropewalk/record.hpp>

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace ropewalk {

struct FileChange {
  FileRole role = FileRole::reads;
  std::string text = {};  ///< "file 'a.txt' changed"
};

/// The first file of `now` that is not what `then` says. Sizes and times decide first; content is read only where these
/// differ and `check` is for content. Empty: all are the same.
std::optional<FileChange> file_change(const std::vector<RecordedFile>& then, std::span<const TaskFile> now,
                                      FileCheck check);

}  // namespace ropewalk
