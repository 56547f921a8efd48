#include "listeners.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ropewalk::cli {
namespace {

constexpr std::size_t kKeptTasks = 256;
constexpr std::size_t kKeptBytes = 4096;  // of one task

/// "stage/7 | text", a line for each line of the text.
std::string prefixed(std::string_view prefix, std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    fmt::format_to(std::back_inserter(out), "{} | {}\n", prefix, escape_for_display(line));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

}  // namespace

void PluginTexts::stage_started(std::int64_t, const StageStarted& event) {
  if (stages_.size() <= event.stage) stages_.resize(event.stage + 1);
  stages_[event.stage] = event.name;
}

void PluginTexts::task_said(std::int64_t, std::uint32_t stage, const TaskSaid& event) {
  if (event.level <= 0 && verbose_ < 2) return;
  static constexpr const char* kLevels[] = {"debug: ", "", "warning: ", "error: "};
  take(stage, event.index, kLevels[std::clamp(event.level, 0, 3)] + std::string(event.text));
}

void PluginTexts::task_output(std::int64_t, std::uint32_t stage, std::uint64_t index, std::string_view text) {
  take(stage, index, text);
}

void PluginTexts::take(std::uint32_t stage, std::uint64_t index, std::string_view text) {
  const std::string lines =
      prefixed(fmt::format("{}/{}", name(stage), index), verbose_ > 0 ? text : text.substr(0, kKeptBytes));
  if (verbose_ > 0) return screen_.say(lines);
  if (kept_.empty() || kept_.back().stage != stage || kept_.back().index != index) {
    if (kept_.size() == kKeptTasks) kept_.pop_front();
    kept_.push_back({stage, index, {}});
  }
  if (kept_.back().lines.size() < kKeptBytes) kept_.back().lines += lines;
}

std::string PluginTexts::kept(std::string_view stage, std::uint64_t index) const {
  std::string out;
  for (const Kept& each : kept_)
    if (each.index == index && name(each.stage) == stage) out += each.lines;
  return out;
}

void PluginTexts::host_ended(std::int64_t, const HostEnded& event) {
  if (verbose_ > 0 && !event.output.empty()) screen_.say(prefixed(name(event.stage), event.output));
}

void PluginTexts::warning(std::int64_t t_ns, const Warning& event) {
  if (t_ns == 0) return;  // the plan's own, which `run` has shown with their places
  if (!quiet_) screen_.say(fmt::format("ropewalk: warning: {}\n", escape_for_display(event.text)));
}

}  // namespace ropewalk::cli
