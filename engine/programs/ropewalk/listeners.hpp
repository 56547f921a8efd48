#pragma once
// Observers of the program other than reports. All on the run's thread.

#include "line_buffer.hpp"
#include "screen.hpp"

#include <ropewalk/events.hpp>

#include <cstdint>
#include <deque>
#include <string>
#include <utility>
#include <vector>

namespace ropewalk::cli {

/// Shows what plugins log and print and what their commands write to standard error, as `stage/7 | text`, if the style
/// asks for it. Otherwise log lines are kept for a while, in case their task fails. Warnings of the engine are always
/// shown.
class PluginTexts final : public Observer {
 public:
  struct Style {
    int verbose = 0;       ///< 0 keep only, 1 show, 2 their debug lines too
    bool quiet = false;    ///< no warnings of the engine
    bool pass_on = false;  ///< standard error of commands as it is, without a prefix
    bool tag = false;      ///< then each line with the item and a tab before it
  };
  PluginTexts(Screen& screen, Style style) : screen_(screen), style_(style) {}

  bool passes_on() const { return style_.pass_on; }
  void run_started(std::int64_t, const RunStarted& event) override { items_ = event.items; }
  void stage_started(std::int64_t, const StageStarted&) override;
  void task_said(std::int64_t, std::uint32_t stage, const TaskSaid&) override;
  void task_output(std::int64_t, std::uint32_t stage, const TaskOutput&) override;
  void tasks_finished(std::int64_t, std::uint32_t stage, std::span<const TaskFinished>) override;
  void host_output(std::int64_t, const HostOutput&) override;
  void stage_finished(std::int64_t, const StageFinished&) override;
  void warning(std::int64_t, const Warning&) override;

  /// The kept log lines of the task. Empty if there are none, or they were shown before.
  std::string kept(std::string_view stage, std::uint64_t index) const;

 private:
  struct Kept {
    std::uint32_t stage;
    std::uint64_t index;
    std::string lines;
  };
  void show(std::uint32_t stage, std::uint64_t task, std::string_view lines);
  void pass_on(std::uint32_t stage, std::uint64_t task, std::string_view lines);
  std::string name(std::uint32_t stage) const { return stage < stages_.size() ? stages_[stage] : "?"; }

  Screen& screen_;
  const Style style_;
  const TaskItems* items_ = nullptr;
  std::vector<std::string> stages_;  // their names, by place in the plan
  std::deque<Kept> kept_;            // the newest
  LineBuffer printed_, passed_on_;   // lines that are not complete yet
};

}  // namespace ropewalk::cli
