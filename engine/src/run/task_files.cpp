#include "run/task_files.hpp"

#include "base/file_state.hpp"

namespace ropewalk {
namespace {

void look_at(TaskFile& file, const std::string& path) {
  const FileState state = file_state(path);
  file.is_there = state.is_there;
  file.size = state.size;
  file.mtime_ns = state.mtime_ns;
}

}  // namespace

bool TaskFiles::take(const Scope& scope, std::string& problem) {
  Task& task = tasks_[scope.index];
  task = {};
  std::vector<std::string> reads, writes;
  if (!files_->make(scope, FileRole::reads, reads, problem) ||
      !files_->make(scope, FileRole::writes, writes, problem)) {
    tasks_.erase(scope.index);
    return false;
  }
  const std::size_t read = reads.size();
  task.paths = std::move(reads);
  task.paths.insert(task.paths.end(), writes.begin(), writes.end());
  for (std::size_t i = 0; i < task.paths.size(); ++i) {
    TaskFile& file = task.files.emplace_back();
    file.role = i < read ? FileRole::reads : FileRole::writes;
    file.path = task.paths[i];
    if (file.role == FileRole::reads) look_at(file, task.paths[i]);
  }
  return true;
}

void TaskFiles::look_at_written(std::uint64_t index) {
  const auto task = tasks_.find(index);
  if (task == tasks_.end()) return;
  for (std::size_t i = 0; i < task->second.files.size(); ++i)
    if (task->second.files[i].role == FileRole::writes) look_at(task->second.files[i], task->second.paths[i]);
}

std::span<const TaskFile> TaskFiles::of(std::uint64_t index) const {
  const auto task = tasks_.find(index);
  return task == tasks_.end() ? std::span<const TaskFile>() : std::span<const TaskFile>(task->second.files);
}

}  // namespace ropewalk
