#include "listeners.hpp"

#include "base/text.hpp"
#include "report/item_tag.hpp"
#include "report/written.hpp"

#include <ropewalk/value.hpp>

#include <fmt/format.h>

namespace ropewalk::cli {
namespace {

constexpr std::size_t kKeptTasks = 256;

}  // namespace

void PluginTexts::stage_started(std::int64_t, const StageStarted& event) {
  if (stages_.size() <= event.stage) stages_.resize(event.stage + 1);
  stages_[event.stage] = event.name;
}

void PluginTexts::task_said(std::int64_t, std::uint32_t stage, const TaskSaid& event) {
  if (event.level == LogLevel::debug && style_.verbose < 2) return;
  if (style_.verbose > 0) return screen_.say(log_lines(name(stage), event.index, event.level, event.text));
  if (kept_.empty() || kept_.back().stage != stage || kept_.back().index != event.index) {
    if (kept_.size() == kKeptTasks) kept_.pop_front();
    kept_.push_back({stage, event.index, {}});
  }
  if (kept_.back().lines.size() < kKeptLogBytes)
    kept_.back().lines += log_lines(name(stage), event.index, event.level, event.text);
}

/// `task`: its index, or LineBuffer::kHosts and above if the text belongs to no known task.
void PluginTexts::show(std::uint32_t stage, std::uint64_t task, std::string_view lines) {
  if (!lines.empty())
    screen_.say(
        prefixed_lines(task >= LineBuffer::kHosts ? name(stage) : fmt::format("{}/{}", name(stage), task), lines));
}

void PluginTexts::pass_on(std::uint32_t stage, std::uint64_t task, std::string_view lines) {
  if (lines.empty()) return;
  if (!style_.tag) return screen_.pass_on(lines);
  const std::optional<Value> item = items_ != nullptr ? items_->item_of(stage, task) : std::nullopt;
  std::string tagged;
  append_tagged(tagged, item_tag(item.value_or(Value(static_cast<std::int64_t>(task)))), lines);
  screen_.pass_on(tagged);
}

void PluginTexts::task_output(std::int64_t, std::uint32_t stage, const TaskOutput& event) {
  const LineBuffer::Writer writer{stage, event.index, static_cast<std::uint8_t>(event.stream)};
  if (style_.pass_on && event.stream == OutputStream::err) {
    pass_on(stage, event.index, passed_on_.take(writer, event.text));
  } else if (style_.verbose > 0) {
    show(stage, event.index, printed_.take(writer, event.text));
  }
}

void PluginTexts::tasks_finished(std::int64_t, std::uint32_t stage, std::span<const TaskFinished> tasks) {
  if (printed_.empty() && passed_on_.empty()) return;
  for (const TaskFinished& task : tasks) {
    show(stage, task.index, printed_.rest(stage, task.index));
    pass_on(stage, task.index, passed_on_.rest(stage, task.index));
  }
}

void PluginTexts::host_output(std::int64_t, const HostOutput& event) {
  const std::uint64_t host = LineBuffer::kHosts + static_cast<std::uint32_t>(event.pid);
  if (style_.verbose > 0) show(event.stage, host, printed_.take({event.stage, host, 0}, event.text));
}

void PluginTexts::stage_finished(std::int64_t, const StageFinished& event) {
  if (!printed_.empty()) show(event.stage, LineBuffer::kHosts, printed_.rest_of_hosts(event.stage));
}

std::string PluginTexts::kept(std::string_view stage, std::uint64_t index) const {
  std::string out;
  for (const Kept& each : kept_)
    if (each.index == index && name(each.stage) == stage) out += each.lines;
  return out;
}

void PluginTexts::warning(std::int64_t t_ns, const Warning& event) {
  if (t_ns == 0) return;  // the plan's own, which `run` has shown with their places
  if (!style_.quiet) screen_.say(fmt::format("ropewalk: warning: {}\n", escape_for_display(event.text)));
}

}  // namespace ropewalk::cli
