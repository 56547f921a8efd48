#include "report/latest_progress.hpp"

#include <fmt/format.h>

#include <utility>

namespace ropewalk {

void LatestProgress::reported(const TaskProgress& progress) {
  // A list has a line a task: of a longer text the first one is shown.
  std::string line(progress.text.substr(0, progress.text.find_first_of("\r\n")));
  // An escape of a control character would be wider than what it stands for.
  for (char& c : line)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  tasks_[progress.index] = {.attempt = progress.attempt, .fraction = progress.fraction, .text = std::move(line)};
}

void LatestProgress::finished(std::span<const TaskFinished> attempts) {
  if (tasks_.empty()) return;
  for (const TaskFinished& task : attempts) tasks_.erase(task.index);
}

std::string LatestProgress::text(std::uint64_t index, std::uint32_t attempt) const {
  const auto found = tasks_.find(index);
  if (found == tasks_.end() || found->second.attempt != attempt) return {};
  const Latest& latest = found->second;
  // Whole percents, rounded down: 100 % is said of what is complete.
  const int percent = static_cast<int>(latest.fraction * 100);
  return fmt::format(", {} %{}{}", percent, latest.text.empty() ? "" : ": ", latest.text);
}

}  // namespace ropewalk
